"""retention hold place | list | show | release | confirm | withdraw | retry"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.person import Token
from retention.cli.verb import verb
from retention.model.errors import ExitCode, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from retention.model.hold import DatasetReceipt, HoldReceipt
    from retention.sql.control.records import HoldCopy

app = typer.Typer(help="Legal holds: what they cover is frozen until a second person releases them.")
HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="Such as H-0001.")]


def hold_place(
    call: Call,
    matter: Annotated[str, typer.Option("--matter", help="Case or file number; no person's name.")],
    subjects: Annotated[
        list[str] | None, typer.Argument(metavar="[SUBJECT]...", help="kind:key, such as customer:4711.")
    ] = None,
    subjects_from: Annotated[
        str | None, typer.Option("--subjects-from", metavar="FILE", help="A list of subjects, one a line; - reads it.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Of all subjects of the list, which then has bare keys.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option("--table", metavar="DATASET.TABLE", help="Every row of it; may be repeated.")
    ] = None,
    dataset: Annotated[
        list[str] | None, typer.Option("--dataset", metavar="DATASET", help="Everything in it; may be repeated.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="CONDITION", help="Such as 'crm.accounts: {column: country, equals: DE}'."),
    ] = None,
    token: Token = None,
) -> Answer:
    """Freeze everything of subjects, in every dataset, or tables, datasets, or the rows that match a condition now or
    later; present and future. Gives the receipt."""
    from retention.cli.hold_scopes import areas_of, listed
    from retention.cli.subject_text import subject_of
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        rules = deployment.rules
        wanted = tuple(subject_of(text, "hold place") for text in subjects or ()) + listed(subjects_from, kind, rules)
        areas = areas_of(table or (), dataset or (), where or (), rules)
        receipt = holds.place(deployment, matter, wanted, who_acts(deployment, token), areas)
    return of_receipt(receipt)


def hold_show(call: Call, hold: HoldId) -> Answer:
    """Give the receipt of a hold as it stands now."""
    from retention.runtime import holds

    with call.deployment() as deployment:
        receipt = holds.receipt(deployment, hold)
    return of_receipt(receipt)


def hold_list(
    call: Call, everything: Annotated[bool, typer.Option("--all", help="The released ones too.")] = False
) -> Answer:
    """List the holds, with who placed them and how a release stands."""
    from retention.model.hold import HoldState
    from retention.runtime import holds

    with call.deployment() as deployment:
        records = holds.details(deployment)
    found = tuple(one for one in records if everything or one.hold.state is not HoldState.RELEASED)

    def show(console: Console) -> None:
        from retention.cli.hold_screen import show_list

        show_list(console, found)

    return Answer(data=found, show=show)


def hold_release(
    call: Call,
    hold: HoldId,
    reason: Annotated[str, typer.Option("--reason", help="Why it is no longer needed; no person's name.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm what another person requested.")] = False,
    token: Token = None,
) -> Answer:
    """Request a release. The hold protects until a second person confirms."""
    if confirm:
        return hold_confirm(call, hold, token)
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        requested = holds.request_release(deployment, hold, who_acts(deployment, token), reason)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{requested.id}: release requested; it protects until a second person confirms:")
        line(console, f"  retention hold confirm {requested.id}")

    return Answer(data=requested, show=show)


def hold_confirm(call: Call, hold: HoldId, token: Token = None) -> Answer:
    """Confirm a release that another person requested. The hold protects until the cool-down is over."""
    from retention.model.hold import HoldState
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        released, copies = holds.confirm_release(deployment, hold, who_acts(deployment, token))

    def show(console: Console) -> None:
        from retention.cli.hold_screen import until
        from retention.cli.screen import line

        if released.state is HoldState.RELEASED:
            line(console, f"{released.id}: released")
            return
        line(console, f"{released.id}: release confirmed; it protects until {until(released)},")
        line(console, "  and the first run after that frees its rows. Until then one person can take it back:")
        line(console, f"  retention hold withdraw {released.id}")

    return of_copies({"hold": released, "datasets": copies}, copies, show)


def hold_withdraw(call: Call, hold: HoldId, token: Token = None) -> Answer:
    """Take back a release that was requested, or confirmed and is cooling down. The hold goes on protecting."""
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        kept = holds.withdraw_release(deployment, hold, who_acts(deployment, token))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{kept.id}: its release is withdrawn; {kept.state.value.replace('_', ' ')}")

    return Answer(data=kept, show=show)


def hold_retry(call: Call) -> Answer:
    """Bring every dataset to the present holds: those that could not be reached before, or were restored."""
    from retention.runtime import holds

    with call.deployment() as deployment:
        copies = holds.retry_pending(deployment)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        for copy in copies:
            if not copy.reason:
                line(console, f"{copy.dataset}: every hold is in force")

    return of_copies(copies, copies, show)


app.command("place")(verb(hold_place))
app.command("list")(verb(hold_list))
app.command("show")(verb(hold_show))
app.command("release")(verb(hold_release))
app.command("confirm")(verb(hold_confirm))
app.command("withdraw")(verb(hold_withdraw))
app.command("retry")(verb(hold_retry))


# -- what they say -----------------------------------------------------------------------------------------------------


def of_receipt(receipt: HoldReceipt) -> Answer:
    def show(console: Console) -> None:
        from retention.cli.hold_screen import show_receipt

        show_receipt(console, receipt)

    problems = tuple(_pending(dataset.dataset, dataset.reason) for dataset in _waiting(receipt))
    return Answer(data=receipt, show=show, problems=problems, exit_code=ExitCode.FAILED if problems else ExitCode.OK)


def _waiting(receipt: HoldReceipt) -> list[DatasetReceipt]:
    return [dataset for dataset in receipt.datasets if not dataset.in_force and not dataset.retired]


def of_copies(data: object, copies: Iterable[HoldCopy], show: Callable[[Console], None]) -> Answer:
    """A dataset that has not followed says why."""
    problems = tuple(_pending(copy.dataset, copy.reason) for copy in copies if copy.reason)
    return Answer(data=data, show=show, problems=problems, exit_code=ExitCode.FAILED if problems else ExitCode.OK)


def _pending(dataset: str, reason: str) -> Problem:
    return Problem(
        code="R460",
        what=f"the change is pending here, and no run touches the dataset: {reason}",
        where=f"dataset {dataset}",
        remedy="`retention hold retry`, once the dataset can be reached",
    )
