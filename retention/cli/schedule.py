"""retention schedule"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.schedule import Schedule


def schedule(
    call: Call,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page to read and to print, in one file.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a table for spreadsheets, one line per clause.")
    ] = None,
) -> Answer:
    """What is kept how long, why, and what becomes of it: the retention schedule, made from the rules alone."""
    from retention.runtime.schedule import retention_schedule
    from retention.runtime.schedule_files import schedule_csv, schedule_html, write_schedule

    with call.deployment() as deployment:
        made = retention_schedule(deployment)
    for path, form in ((html, schedule_html), (csv, schedule_csv)):
        if path is not None:
            write_schedule(path, form(made))
    written = tuple(path for path in (html, csv) if path is not None)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        for path in written:
            line(console, f"wrote {path}")
        if not written:
            _table(console, made)

    return Answer(data={"schedule": made, "files": written}, show=show)


def _table(console: Console, made: Schedule) -> None:
    from retention.cli.screen import line, table

    rows: list[tuple[str, ...]] = []
    for cluster in made.clusters:
        rows.append((cluster.name, "", "", ""))
        for rule in cluster.rules:
            for clause in rule.clauses:
                name, then = (f"  {rule.id}", rule.disposition) if clause is rule.clauses[0] else ("", "")
                where = f", where {clause.when}" if clause.when else ""
                rows.append((name, f"{clause.role.value} {clause.id}", f"{clause.counting}{where}", then))
    table(console, ("records", "clause", "how long", "then"), rows)
    line(console)
    line(console, f"made at {made.made_at.isoformat()} from the rules {made.rules_digest[:12]}")
    line(console, "`retention schedule --html FILE` says why and who, and prints on A4", style="dim")
