"""retention rules changes | record"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.text_comparison import Change

app = typer.Typer(help="Changes of rules: record them, and see what waits for their cool-down.")


def rules_changes(
    call: Call,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Of datasets.yaml.")],
    as_of: AsOf = None,
) -> Answer:
    """Compare, row by row in the database, each changed rule with what it said within the cool-down."""
    from retention.runtime.text_comparison import rule_changes

    with call.deployment() as deployment:
        found = rule_changes(deployment, dataset, instant(as_of))

    def show(console: Console) -> None:
        from retention.cli.screen import line

        if not found:
            line(console, f"{dataset}: no change of a rule is cooling down")
        for change in found:
            _show(console, change)

    return Answer(data={"dataset": dataset, "changes": found}, show=show)


def rules_record(call: Call) -> Answer:
    """Record what the rules say now: the cool-down of a change begins here, or at the next run. Safe to repeat."""
    from retention.runtime.rule_changes import record_rules

    with call.deployment() as deployment:
        changed = record_rules(deployment)
        period = str(deployment.settings.cool_down) if deployment.settings.cool_down.shortest_days else ""

    def show(console: Console) -> None:
        from retention.cli.screen import line
        from retention.runtime.words import counted

        line(console, f"{counted(len(changed), 'rule')} recorded anew: {', '.join(changed) or 'nothing changed'}")
        if changed:
            line(
                console, f"what goes earlier by it waits {period}" if period else "nothing waits: the cool-down is P0D"
            )

    return Answer(data={"changed": changed, "cool_down": period or "P0D"}, show=show)


app.command("changes")(verb(rules_changes))
app.command("record")(verb(rules_record))


def _show(console: Console, change: Change) -> None:
    from retention.cli.screen import line

    begun = "not recorded yet" if change.since is None else f"recorded at {change.since.isoformat(timespec='seconds')}"
    line(
        console,
        f"{change.rule_id}: {begun}, takes effect at {change.until.isoformat(timespec='seconds')}",
        style="bold",
    )
    if change.why_none:
        line(console, f"  the earlier text lets nothing go: {change.why_none}")
    for difference in change.differences:
        line(console, f"  {difference}")
    if change.groups is not None:
        groups = change.groups
        line(
            console,
            f"  waiting {groups.waiting:,}, due at once {groups.at_once:,}, kept from now on {groups.kept:,}",
        )
    if change.refusal is not None:
        line(console, f"  cannot be compared: {change.refusal.code} {change.refusal.what}", style="red")
        line(console, f"  what to do: {change.refusal.remedy}")
