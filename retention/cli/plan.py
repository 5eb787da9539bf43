"""retention plan [preview] | show | approve | reject"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call
from retention.cli.default_verb import DefaultVerb
from retention.cli.person import Token
from retention.cli.verb import verb

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.approval import PlanDecision

app = typer.Typer(
    cls=DefaultVerb,
    help="What a run would do, and a second person's approval of what one will do. `retention plan DATASET` previews.",
)
Run = Annotated[str, typer.Argument(metavar="RUN", help="As `retention status` lists them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; no person's name.")]


def plan(
    call: Call,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Of datasets.yaml.")],
    as_of: AsOf = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", metavar="FOLDER", help="Compare with other rules: what would go earlier, later, never."
        ),
    ] = None,
) -> Answer:
    """Say what is due and what is kept, by the same steps as a run. Writes nothing; may look into the future."""
    from retention.cli.progress import told

    if against is not None:
        return _against(call, dataset, against, as_of)
    from retention.runtime.plan_run import preview

    with call.deployment() as deployment, told(dataset) as tell:
        tell("plan", 0, 1)
        found = preview(deployment, dataset, instant(as_of))

    def show(console: Console) -> None:
        from retention.cli.plan_tables import show_plan

        show_plan(console, found)

    return Answer(data=found, show=show)


def _against(call: Call, dataset: str, folder: Path, as_of: str | None) -> Answer:
    from retention.cli.progress import told
    from retention.runtime.against import against

    there = replace(call, rules=folder)
    with call.deployment() as deployment, there.deployment() as other, told(dataset) as tell:
        found = against(deployment, other, dataset, instant(as_of), tell)

    def show(console: Console) -> None:
        from retention.cli.plan_tables import show_against

        show_against(console, found)

    return Answer(data=found, show=show)


def plan_show(call: Call, run: Run) -> Answer:
    """Show the frozen plan of a run, its digest, until when it can be carried out, and who approved it."""
    from retention.runtime.plan_approval import plan_of, waits_for_approval

    with call.deployment() as deployment:
        found, decisions = plan_of(deployment, run)
        waits = waits_for_approval(deployment, found)

    def show(console: Console) -> None:
        from retention.cli.plan_tables import show_frozen

        show_frozen(console, found, decisions, waits=waits)

    return Answer(data={"plan": found, "waits_for_approval": waits, "decisions": decisions}, show=show)


def plan_approve(
    call: Call,
    run: Run,
    digest: Annotated[
        str | None, typer.Option("--digest", metavar="DIGEST", help="Of the plan that was looked at: only that one.")
    ] = None,
    reason: Reason = "",
    token: Token = None,
) -> Answer:
    """Approve exactly the plan that a run has now, as a second person. It lasts as long as the plan."""
    from retention.runtime.persons import who_acts
    from retention.runtime.plan_approval import approve, how_to_go_on

    with call.deployment() as deployment:
        taken = approve(deployment, run, who_acts(deployment, token), reason, digest)
    return _decided(taken, f"it is carried out by {how_to_go_on(run)}")


def plan_reject(call: Call, run: Run, reason: Reason = "", token: Token = None) -> Answer:
    """Reject the plan of a run for good: nothing more is disposed of by it, even where it was approved."""
    from retention.runtime.persons import who_acts
    from retention.runtime.plan_approval import reject

    with call.deployment() as deployment:
        taken = reject(deployment, run, who_acts(deployment, token), reason)
    return _decided(taken, "nothing more is disposed of by it; a new run makes a new plan")


app.command("preview")(verb(plan))
app.command("show")(verb(plan_show))
app.command("approve")(verb(plan_approve))
app.command("reject")(verb(plan_reject))


def _decided(taken: PlanDecision, then: str) -> Answer:
    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"{taken.run_id}: plan {taken.digest} {taken.decision.value} by {taken.by}", style="bold")
        line(console, then)

    return Answer(data=taken, show=show)
