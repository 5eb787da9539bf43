"""retention hold place | list | show | release | confirm | retry"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.person import Token
from retention.cli.verb import verb
from retention.model.errors import ExitCode, Problem, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from retention.model.hold import DatasetReceipt, HoldReceipt, SubjectKey
    from retention.sql.control.records import HoldCopy, HoldRecord

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
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        rules = deployment.rules
        wanted = tuple(_subject(text) for text in subjects or ()) + listed(subjects_from, kind, rules)
        areas = areas_of(table or (), dataset or (), where or (), rules)
        receipt = holds.place(deployment, matter, wanted, who_acts(deployment, token), areas)
    return _of_receipt(receipt)


def hold_show(call: Call, hold: HoldId) -> Answer:
    """Give the receipt of a hold as it stands now."""
    from retention.runtime import holds

    with call.deployment() as deployment:
        receipt = holds.receipt(deployment, hold)
    return _of_receipt(receipt)


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
        _list(console, found)

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
    """Confirm a release that another person requested."""
    from retention.runtime import holds
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        released, copies = holds.confirm_release(deployment, hold, who_acts(deployment, token))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{released.id}: released")

    return _of_copies({"hold": released, "datasets": copies}, copies, show)


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

    return _of_copies(copies, copies, show)


app.command("place")(verb(hold_place))
app.command("list")(verb(hold_list))
app.command("show")(verb(hold_show))
app.command("release")(verb(hold_release))
app.command("confirm")(verb(hold_confirm))
app.command("retry")(verb(hold_retry))


# -- what they say -----------------------------------------------------------------------------------------------------


def _subject(text: str) -> SubjectKey:
    from retention.model.hold import SubjectKey

    kind, colon, key = text.partition(":")
    if not colon:
        raise refuse(
            "R367",
            "a subject is named by its kind and its key",
            where="hold place",
            remedy="write kind:key, for example customer:4711",
        )
    return SubjectKey(kind=kind.strip(), key=key.strip())


def _of_receipt(receipt: HoldReceipt) -> Answer:
    def show(console: Console) -> None:
        _receipt(console, receipt)

    problems = tuple(_pending(dataset.dataset, dataset.reason) for dataset in _waiting(receipt))
    return Answer(data=receipt, show=show, problems=problems, exit_code=ExitCode.FAILED if problems else ExitCode.OK)


def _waiting(receipt: HoldReceipt) -> list[DatasetReceipt]:
    return [dataset for dataset in receipt.datasets if not dataset.in_force and not dataset.retired]


def _of_copies(data: object, copies: Iterable[HoldCopy], show: Callable[[Console], None]) -> Answer:
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


def _receipt(console: Console, receipt: HoldReceipt) -> None:
    from retention.cli.hold_scopes import scope_in_words
    from retention.cli.screen import line, table
    from retention.runtime.words import HOLD_CLASSES, counted

    hold = receipt.hold
    state = hold.state.value.replace("_", " ")
    line(console, f"{hold.id} on {scope_in_words(hold)}: {state}", style="bold")
    line(console, f"{hold.matter}; placed by {hold.placed_by} on {hold.placed_at:%Y-%m-%d %H:%M:%S} UTC")
    rows = [
        (dataset.dataset, name, count, HOLD_CLASSES[how])
        for dataset in receipt.datasets
        for name, how, count in dataset.classes
    ]
    if rows:
        table(console, ("dataset", "table", "rows now", "why they stay"), rows)
    for dataset_id, name, kind, keys in receipt.linked:
        line(
            console, f"linked by {dataset_id}.{name}: {counted(keys, 'key')} of the kind {kind}, held in every dataset"
        )
    for dataset_id, name, kinds, why in receipt.doubts:
        line(console, f"cannot be linked by {dataset_id}.{name}: {why}; all about a {' or '.join(kinds)} is kept")
    for dataset in receipt.datasets:
        if dataset.retired:
            line(console, f"{dataset.dataset}: no run touches it: {dataset.reason}")
        if dataset.in_force and not dataset.classes:
            line(console, f"{dataset.dataset}: in force; no row in its scope is there now")
        empty = [name for name, count in dataset.protected if not count]
        if empty and dataset.classes:
            line(console, f"{dataset.dataset}: searched, nothing matched: {', '.join(empty)}")
        for rule_id, run_id, committed in dataset.gone:
            line(console, f"{dataset.dataset}: gone before the hold: {rule_id} under run {run_id}, {committed}")
        no_path = [name for name in dataset.not_linked if name not in dataset.no_rule]
        if no_path:
            named = {subject.kind for subject in hold.subjects} | {kind for _, _, kind, _ in receipt.linked}
            why = f"no path leads from its rule to a {' or '.join(sorted(named))}"
            line(console, f"{dataset.dataset}: cannot be linked, {why}: {', '.join(no_path)}")
        if dataset.no_rule:
            line(console, f"{dataset.dataset}: cannot be linked, no rule speaks for it: {', '.join(dataset.no_rule)}")
    line(console, "It binds this system. Other programs can still write to these rows.")


def _list(console: Console, found: Iterable[HoldRecord]) -> None:
    from retention.cli.hold_scopes import scope_in_words
    from retention.cli.screen import table

    rows = [
        (
            record.hold.id,
            record.hold.state.value.replace("_", " "),
            scope_in_words(record.hold),
            f"{record.hold.placed_at:%Y-%m-%d}",
            record.hold.placed_by,
            record.hold.matter,
            _release(record),
        )
        for record in found
    ]
    columns = ("hold", "state", "on", "placed", "by", "matter", "release")
    table(console, columns, rows or [("none", "", "", "", "", "", "")])


def _release(record: HoldRecord) -> str:
    if record.released_by:
        return f"confirmed by {record.released_by}"
    if record.release_requested_by:
        return f"requested by {record.release_requested_by}: {record.release_reason}"
    return ""
