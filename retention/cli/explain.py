"""retention explain"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.explain import ClauseExplained, Explanation


def explain(
    call: Call,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule's id, such as crm.accounts.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Primary key of the record; of several columns: 4711,2.")],
    as_of: AsOf = None,
) -> Answer:
    """Say of one record why it is kept or goes: every clause with its start, its period and what it says."""
    from retention.runtime.explain import explain as decided

    at = instant(as_of)
    with call.deployment() as deployment:
        found = decided(deployment, rule, key, at)

    def show(console: Console) -> None:
        _show(console, found)

    return Answer(data=found, show=show)


def _show(console: Console, found: Explanation) -> None:
    from retention.cli.screen import line
    from retention.model.verdict import Verdict
    from retention.runtime.words import HOLD_CLASSES, VERDICTS

    head = f"{found.title} ({found.rule_id}), {found.table} {found.key}, as of {found.as_of.isoformat()} ({found.zone})"
    line(console, head)
    because = f": {found.why}" if found.why else ""
    line(console, f"verdict: {VERDICTS[found.verdict]}{because}", style="bold")
    if found.verdict is Verdict.DUE:
        line(console, f"  a run would {found.action.value} it")
    elif found.remedy:
        line(console, f"  what ends it: {found.remedy}")
    for clause in found.clauses:
        line(console, f"{clause.role.value} {clause.id}: {clause.says}")
        line(console, f"  {_reckoned(clause)}")
        line(console, f"  basis: {clause.basis}")
    for hold in found.holds:
        how = HOLD_CLASSES[hold.covers]
        until = f", protects until {hold.protects_until:%Y-%m-%d %H:%M} UTC" if hold.protects_until else ""
        line(console, f"hold {hold.id} ({how}): {hold.matter}, placed {hold.placed_at:%Y-%m-%d}{until}")
    if found.held_unknown:
        line(console, "nobody can tell whom it is about, and there are holds: one of them might cover it")
    if found.marked_on:
        line(console, f"pseudonymized by this rule as of {found.marked_on.isoformat()}, and unchanged since")
    if found.referenced_by:
        line(console, f"rows of {found.referenced_by} refer to it")
    if found.unclassified:
        line(console, f"columns that the rule does not classify: {', '.join(found.unclassified)}")


def _reckoned(clause: ClauseExplained) -> str:
    """How the last day comes about: start, alignment, period."""
    from retention.model.alignment import AlignTo

    start = clause.start.isoformat() if clause.start else "open or unknown"
    align = clause.align.value.replace("_", " ")
    aligned = "" if clause.align is AlignTo.NONE else f", moved to the end of its {align}"
    last = clause.kept_through.isoformat() if clause.kept_through else "open or unknown"
    return f"{clause.starts_at}: {start}{aligned}, + {clause.period} = kept through {last}"
