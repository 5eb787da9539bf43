"""retention forecast"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.forecast import Forecast


def forecast(
    call: Call,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Of datasets.yaml.")],
    months: Annotated[
        int, typer.Option("--months", min=1, max=120, metavar="NUMBER", help="How many, the present one first.")
    ] = 24,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts, in one file.")
    ] = None,
    as_of: AsOf = None,
) -> Answer:
    """Count what falls due in each of the coming months, by rule, and what holds keep back. Writes nothing."""
    from retention.cli.progress import told
    from retention.runtime.forecast import forecast as look_ahead
    from retention.runtime.forecast_page import forecast_html, write_forecast

    with call.deployment() as deployment, told(dataset) as tell:
        found = look_ahead(deployment, dataset, instant(as_of), tell, months)
    if html is not None:
        write_forecast(html, forecast_html(found))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        _show(console, found)
        if html is not None:
            line(console, f"wrote {html}")

    return Answer(data={"forecast": found, "file": html}, show=show)


def _show(console: Console, found: Forecast) -> None:
    from retention.cli.screen import line, table

    usable = [rule for rule in found.rules if not rule.refusal]
    rows = [("due now", *(_figure(rule.due_now, rule.held_now) for rule in usable))]
    for place, month in enumerate(found.months):
        rows.append((month.name, *(_figure(rule.months[place].due, rule.months[place].held_back) for rule in usable)))
    rows.append(("later or never", *(f"{rule.later:,}" for rule in usable)))
    rows.append(("of them unknown", *(f"{rule.undetermined:,}" for rule in usable)))
    line(console, f"{found.dataset}: groups that fall due, as of {found.as_of.isoformat()}", style="bold")
    if usable:
        table(console, ("", *(rule.rule_id.partition(".")[2] for rule in usable)), rows)
    for rule in found.rules:
        if rule.refusal:
            line(console, f"nothing can be said of {rule.rule_id}: {rule.refusal}", style="red")
    for words in found.assumed:
        line(console, f"assumed: {words}", style="dim")


def _figure(due: int, held: int) -> str:
    """ "42, 3 held back"; nothing is a dot."""
    return (f"{due:,}" if due else "·") + (f", {held:,} held back" if held else "")
