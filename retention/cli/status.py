"""retention status"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from retention.runtime.status import DatasetStatus, RunStatus, Status


def status(
    call: Call,
    datasets: Annotated[list[str] | None, typer.Argument(metavar="[DATASET]...", help="Left out: all.")] = None,
) -> Answer:
    """Say what ran, what is overdue, what failed, and what waits for whom. Exit code 1: there is something to do."""
    from retention.runtime.status import status as gathered

    with call.deployment() as deployment:
        found = gathered(deployment, datasets or ())

    def show(console: Console) -> None:
        _show(console, found)

    data = {"at": found.at, "stop": found.stop, "datasets": found.datasets}
    return Answer(
        data=data,
        show=show,
        problems=found.problems,
        exit_code=ExitCode.FAILED if found.problems else ExitCode.OK,
    )


def _show(console: Console, found: Status) -> None:
    from retention.cli.screen import line
    from retention.runtime.words import counted

    for dataset in found.datasets:
        if dataset.retirement is not None:
            line(console, f"{dataset.dataset}: {dataset.retirement.in_words}", style="bold")
        _runs(console, dataset)
        _rules(console, dataset)
        _waiting(console, dataset, found.at)
        line(console)
    if found.problems:
        line(console, f"{counted(len(found.problems), 'thing')} to do:", style="bold")
    else:
        line(console, "Nothing failed, nothing is overdue, nothing is pending.", style="bold")


def _runs(console: Console, dataset: DatasetStatus) -> None:
    from retention.cli.screen import line, table

    rows = [
        (
            run.run_id,
            ", ".join([run.state.value, *_qualified(run)]),
            _minute(run.ended_at) or "not ended",
            run.deleted,
            run.pseudonymized,
            run.due_left,
        )
        for run in dataset.runs
    ]
    columns = ("run", "state", "ended", "deleted", "pseudonymized", "due, not done")
    nothing = [("none yet", "", "", "", "", "")]
    table(console, columns, rows or nothing, title=f"{dataset.dataset}: {dataset.title}")
    for run in dataset.runs:
        for taken in run.decisions:
            line(console, f"{run.run_id}: {taken.decision.value} by {taken.by}, {_minute(taken.at)}: {taken.reason}")


def _qualified(run: RunStatus) -> list[str]:
    if run.plan_only:
        return ["plan only"]
    return ["not approved"] if run.waits_for_approval else []


def _rules(console: Console, dataset: DatasetStatus) -> None:
    from retention.cli.screen import table

    rows = [
        (
            rule.rule_id,
            _minute(rule.done_as_of) or "never",
            "overdue" if rule.overdue else "",
            rule.due_left,
            rule.owner,
        )
        for rule in dataset.rules
    ]
    if rows:
        table(console, ("rule", "done as of", "", "due, not done", "owner"), rows)


def _waiting(console: Console, dataset: DatasetStatus, now: datetime) -> None:
    from retention.cli.screen import line, table
    from retention.runtime.words import VERDICTS, counted, verdict_in_words

    if dataset.waiting.unreadable:
        line(console, f"the work list cannot be read: {dataset.waiting.unreadable}", style="red")
    rows = [
        (
            item.rule_id,
            VERDICTS[item.verdict],
            item.groups,
            counted(max(0, (now - item.since).days), "day"),
            "; ".join(part for part in verdict_in_words(item.verdict, item.reason, item.detail) if part),
        )
        for item in dataset.waiting.items
    ]
    if rows:
        table(console, ("waits under", "kept as", "groups", "for", "why, and what ends it"), rows)


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else ""
