"""The tables at the end of the demo: per table of a dataset what was examined, and the outcomes that it adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from demo.airflow_runs import DagRunTold

# How it is called here -> verdict. "pseudonymized earlier" carries a mark of an earlier run.
KEPT = {
    "retained by law": "retained_by_law",
    "in conflict": "conflict",
    "retained": "retained",
    "active": "active",
    "held": "held",
    "referenced": "referenced",
    "undetermined": "undetermined",
    "pseudonymized earlier": "pseudonymized",
    "gone already": "vanished",  # columns whose row went a moment before
}


class Line:
    """One rule's outcome. ``left`` is what the others do not explain: planned, but neither written nor spared."""

    def __init__(self, rule_id: str, step: Mapping[str, Any], result: Mapping[str, Any] | None) -> None:
        done = result or {}
        verdicts = Counter(step["verdicts"])
        verdicts.update(done.get("spared", {}))
        self.rule_id = rule_id
        self.name = rule_id.partition(".")[2]
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


def table_of(run: DagRunTold) -> Table:
    """One dataset, read downwards as a sum: narrow enough for any terminal."""
    lines = lines_of(run)
    dataset = run.dag_id.removeprefix("retention_")
    table = Table(title=f"[bold]{dataset}[/], verification {verified(run)}", title_justify="left", title_style="")
    table.add_column("rows, each with what goes with it", no_wrap=True)
    for line in lines:
        table.add_column(line.name, justify="right", overflow="fold", min_width=9)
    table.add_row("examined", *(_figure(line.examined) for line in lines), end_section=True)
    for title in KEPT:
        table.add_row(title, *(_figure(line.kept[title]) for line in lines))
    table.add_row("deleted now", *(_figure(line.deleted) for line in lines))
    table.add_row("pseudonymized now", *(_figure(line.pseudonymized) for line in lines))
    if any(line.left for line in lines):
        table.add_row("[red]due, not done[/]", *(_figure(line.left) for line in lines))
    return table


def _figure(number: int) -> str:
    return f"{number:,}" if number else "[dim]·[/]"
