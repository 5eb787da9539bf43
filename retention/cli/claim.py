"""retention claim record | list | show | end | confirm | withdraw"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.hold import of_copies, of_receipt
from retention.cli.person import Token
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="Claims assessments: a claim is expected, and certain data is kept until a day.")
ClaimId = Annotated[str, typer.Argument(metavar="CLAIM", help="Such as A-0001.")]


def claim_record(
    call: Call,
    subject: Annotated[list[str], typer.Option("--subject", help="kind:key, such as customer:4711; may be repeated.")],
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Its last day, such as 2029-12-31.")],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for it.")],
    why: Annotated[str, typer.Option("--why", help="Which claim is expected; no person's name.")],
    elements: Annotated[
        list[str] | None,
        typer.Option(
            "--elements",
            metavar="DATASET.TABLE:COLUMN,..",
            help="What it needs; may be repeated. Left out: all rows of the subjects, whole.",
        ),
    ] = None,
    token: Token = None,
) -> Answer:
    """Keep data of subjects through a day, in every dataset. Gives the receipt."""
    from retention.cli.subject_text import subject_of
    from retention.policy.claim_elements import elements_of
    from retention.runtime import claims
    from retention.runtime.persons import who_acts

    through = _day(until)
    with call.deployment() as deployment:
        needed = elements_of(elements or (), deployment.rules)
        subjects = tuple(subject_of(text, "claim record") for text in subject)
        by = who_acts(deployment, token)
        receipt = claims.record(deployment, subjects, by, owner=owner, through=through, why=why, elements=needed)
    return of_receipt(receipt)


def claim_show(call: Call, claim: ClaimId) -> Answer:
    """Give the receipt of a claims assessment as it stands now."""
    from retention.runtime import claims

    with call.deployment() as deployment:
        receipt = claims.receipt(deployment, claim)
    return of_receipt(receipt)


def claim_list(
    call: Call, everything: Annotated[bool, typer.Option("--all", help="The ended ones too.")] = False
) -> Answer:
    """List the claims assessments, with their owners and last days."""
    from retention.model.hold import HoldState
    from retention.runtime import claims

    with call.deployment() as deployment:
        records = claims.details(deployment)
    found = tuple(one for one in records if everything or one.hold.state is not HoldState.RELEASED)

    def show(console: Console) -> None:
        from retention.cli.hold_screen import show_claims

        show_claims(console, found)

    return Answer(data=found, show=show)


def claim_end(
    call: Call,
    claim: ClaimId,
    reason: Annotated[str, typer.Option("--reason", help="Why it is no longer needed; no person's name.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm what another person requested.")] = False,
    token: Token = None,
) -> Answer:
    """Request its end before its last day. It protects until a second person confirms."""
    if confirm:
        return claim_confirm(call, claim, token)
    from retention.runtime import claims
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        requested = claims.request_end(deployment, claim, who_acts(deployment, token), reason)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{requested.id}: end requested; it protects until a second person confirms:")
        line(console, f"  retention claim confirm {requested.id}")

    return Answer(data=requested, show=show)


def claim_confirm(call: Call, claim: ClaimId, token: Token = None) -> Answer:
    """Confirm an end that another person requested. The assessment protects until the cool-down is over."""
    from retention.model.hold import HoldState
    from retention.runtime import claims
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        ended, copies = claims.confirm_end(deployment, claim, who_acts(deployment, token))

    def show(console: Console) -> None:
        from retention.cli.hold_screen import until
        from retention.cli.screen import line

        if ended.state is HoldState.RELEASED:
            line(console, f"{ended.id}: ended")
            return
        line(console, f"{ended.id}: end confirmed; it protects until {until(ended)}, or through its last day")
        line(console, "  where that comes first. Until then one person can take it back:")
        line(console, f"  retention claim withdraw {ended.id}")

    return of_copies({"claim": ended, "datasets": copies}, copies, show)


def claim_withdraw(call: Call, claim: ClaimId, token: Token = None) -> Answer:
    """Take back an end that was requested, or confirmed and is cooling down."""
    from retention.runtime import claims
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        kept = claims.withdraw_end(deployment, claim, who_acts(deployment, token))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{kept.id}: its end is withdrawn; {kept.state.value.replace('_', ' ')}")

    return Answer(data=kept, show=show)


app.command("record")(verb(claim_record))
app.command("list")(verb(claim_list))
app.command("show")(verb(claim_show))
app.command("end")(verb(claim_end))
app.command("confirm")(verb(claim_confirm))
app.command("withdraw")(verb(claim_withdraw))


def _day(text: str) -> date:
    """Raises RetentionError R571."""
    from retention.model.errors import refuse

    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise refuse(
            "R571",
            f"the claims assessment is not complete: its last day {text!r} is no date",
            where="--until",
            remedy="write year, month and day, for example 2029-12-31",
        ) from None
