"""The table at the end of the demo: per table, what was examined, and the outcomes that it adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from demo.airflow_runs import DagRunTold

# Column title -> verdict. "pseudonymized earlier" carries a mark of an earlier run.
KEPT = {
    "retained\nby law": "retained_by_law",
    "retained": "retained",
    "active": "active",
    "held": "held",
    "refer-\nenced": "referenced",
    "undeter-\nmined": "undetermined",
    "pseudonym.\nearlier": "pseudonymized",
}


class Line:
    """One rule's outcome. ``left`` is what the others do not explain: planned, but neither written nor spared."""

    def __init__(self, rule_id: str, step: Mapping[str, Any], result: Mapping[str, Any] | None) -> None:
        done = result or {}
        verdicts = Counter(step["verdicts"])
        verdicts.update(done.get("spared", {}))
        self.rule_id = rule_id
        self.table = str(step["table"])
        self.examined = int(step["examined"])
        self.deleted = int(done.get("deleted", 0))
        self.pseudonymized = int(done.get("pseudonymized", 0))
        self.kept = {title: verdicts.get(verdict, 0) for title, verdict in KEPT.items()}
        self.left = self.examined - sum(self.kept.values()) - self.deleted - self.pseudonymized
        self.member_rows = sum(done.get("rows", {}).values()) - int(done.get("rows", {}).get(self.table, 0))


def lines_of(run: DagRunTold) -> list[Line]:
    """In the plan's order; empty when there is no plan."""
    steps: Mapping[str, Any] = run.told.get("plan", {}).get("steps", {})
    return [Line(rule_id, step, run.told.get(rule_id)) for rule_id, step in steps.items()]


def changed(runs: Iterable[DagRunTold]) -> int:
    return sum(line.deleted + line.pseudonymized for run in runs for line in lines_of(run))


def undone(runs: Iterable[DagRunTold]) -> int:
    return sum(line.left for run in runs for line in lines_of(run))


def verified(run: DagRunTold) -> str:
    told = run.told.get("verify")
    if told is None:
        return "[red]did not run[/]"
    return "[green]passed[/]" if told.get("passed") else "[red]did not pass[/]"


def table_of(runs: Iterable[DagRunTold]) -> Table:
    runs = tuple(runs)
    with_left = undone(runs) > 0
    table = Table(title="What the run found and did (a row and what goes with it count as one)", title_justify="left")
    table.add_column("dataset")
    table.add_column("table")
    for title in ("examined =", *KEPT, "deleted", "pseudo-\nnymized", *(["not\ndone"] if with_left else [])):
        table.add_column(title, justify="right")
    table.add_column("verification")
    for run in runs:
        for number, line in enumerate(lines_of(run)):
            cells = [
                line.examined,
                *line.kept.values(),
                line.deleted,
                line.pseudonymized,
                *([line.left] if with_left else []),
            ]
            dataset = run.dag_id.removeprefix("retention_") if number == 0 else ""
            table.add_row(dataset, line.table, *(_figure(cell) for cell in cells), verified(run) if number == 0 else "")
        table.add_section()
    return table


def _figure(number: int) -> str:
    return f"{number:,}" if number else "[dim]·[/]"
