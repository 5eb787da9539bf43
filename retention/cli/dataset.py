"""retention dataset retire | revive"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.person import Token
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.retirement import Retirement

app = typer.Typer(help="Give a dataset up for good, or take it back: two people decide.")
DatasetId = Annotated[str, typer.Argument(metavar="DATASET", help="Such as crm.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; no person's name.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="Confirm what another person requested.")]


def dataset_retire(
    call: Call, dataset: DatasetId, reason: Reason = "", confirm: Confirm = False, token: Token = None
) -> Answer:
    """Request that no hold waits for a dataset that is gone, and no run touches it. A second person confirms."""
    from retention.runtime import retirement
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        by = who_acts(deployment, token)
        if confirm:
            found = retirement.confirm(deployment, dataset, by)
        else:
            found = retirement.retire(deployment, dataset, by, reason)
    return _answer(dataset, found)


def dataset_revive(
    call: Call, dataset: DatasetId, reason: Reason = "", confirm: Confirm = False, token: Token = None
) -> Answer:
    """Request that a retired dataset is used again. A second person confirms. A mere request to retire it is undone."""
    from retention.runtime import retirement
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        by, found = who_acts(deployment, token), None
        if confirm:
            retirement.confirm_revival(deployment, dataset, by)
        else:
            found = retirement.revive(deployment, dataset, by, reason)
    return _answer(dataset, found)


app.command("retire")(verb(dataset_retire))
app.command("revive")(verb(dataset_revive))


def _answer(dataset: str, found: Retirement | None) -> Answer:
    def show(console: Console) -> None:
        from retention.cli.screen import line

        for text in _lines(dataset, found):
            line(console, text)

    return Answer(data={"dataset": dataset, "retirement": found}, show=show)


def _lines(dataset: str, found: Retirement | None) -> list[str]:
    from retention.model.retirement import RetirementState

    if found is None:
        return [f"{dataset}: in use"]
    match found.state:
        case RetirementState.REQUESTED:
            said, verb_asked = "retirement requested; nothing changes until a second person confirms:", "retire"
        case RetirementState.REVIVAL_REQUESTED:
            said, verb_asked = "revival requested; it stays retired until a second person confirms:", "revive"
        case RetirementState.RETIRED:
            return [f"{dataset}: {found.in_words}", "  no hold waits for it, and no run touches it"]
    return [f"{dataset}: {said}", f"  retention dataset {verb_asked} {dataset} --confirm"]
