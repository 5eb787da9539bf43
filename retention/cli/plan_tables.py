"""Plans and runs as tables: per rule what was examined, and the outcomes that it adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retention.cli.screen import line, table
from retention.model.plan import Plan
from retention.model.verdict import Reason, Verdict
from retention.runtime.outcome import Outcome, outcome_of
from retention.runtime.words import VERDICTS, verdict_in_words

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from retention.model.approval import PlanDecision
    from retention.runtime.against import Against


def show_plan(console: Console, plan: Plan) -> None:
    """What a run would do now."""
    line(console, f"{plan.dataset} as of {plan.as_of.isoformat()}: what a run would do; nothing was written")
    _show_steps(console, plan)


def show_frozen(console: Console, plan: Plan, decisions: Sequence[PlanDecision], *, waits: bool) -> None:
    """The plan of a run. ``waits``: for somebody's approval."""
    line(console, f"{plan.run_id}, as of {plan.as_of.isoformat()}: what was planned at {_second(plan.made_at)}")
    _show_steps(console, plan)
    line(console, f"digest {plan.digest}", style="bold")
    line(console, f"it can be carried out until {_second(plan.expires_at)}")
    for taken in decisions:
        line(console, f"{taken.decision.value} by {taken.by} at {_second(taken.at)}: {taken.reason}")
    if waits:
        line(console, "it waits for a second person:")
        line(console, f"  retention plan approve {plan.run_id} --digest {plan.digest} --reason ...")


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _show_steps(console: Console, plan: Plan) -> None:
    if not plan.steps:
        line(console, f"no rule speaks for {plan.dataset} yet: `retention rule new {plan.dataset}.TABLE` proposes one")
        return
    show_outcomes(console, [outcome_of(step, None) for step in plan.steps], done=False)
    for step in plan.steps:
        for tally in step.tallies:
            if (
                tally.verdict in (Verdict.UNDETERMINED, Verdict.CONFLICT, Verdict.REFERENCED, Verdict.HELD)
                or tally.reason is Reason.COOLING_DOWN
            ):
                why, remedy = verdict_in_words(tally.verdict, tally.reason, tally.detail)
                line(console, f"{step.rule_id}: {tally.groups:,} {VERDICTS[tally.verdict]}: {why}; {remedy}")
        if step.refusal is not None:
            line(console, f"{step.rule_id}: refused: {step.refusal.code} {step.refusal.what}", style="red")
            line(console, f"  what to do: {step.refusal.remedy}")
    show_why(console, {step.rule_id: step.plan_only for step in plan.steps if not step.refusal})


def show_why(console: Console, whys: Mapping[str, str]) -> None:
    """By rule id, each reason once with all of its rules. Empty reasons are left out."""
    for why in dict.fromkeys(why for why in whys.values() if why):
        line(console, f"{', '.join(rule_id for rule_id, given in whys.items() if given == why)}: {why}")


def show_outcomes(console: Console, outcomes: Sequence[Outcome], *, done: bool) -> None:
    """Each line adds up. ``done`` False: what is due is yet to be done."""
    rows = []
    for outcome in outcomes:
        end = [outcome.deleted, outcome.pseudonymized, outcome.left] if done else [outcome.left, outcome.action.value]
        rows.append([outcome.rule_id, outcome.examined, _kept(outcome), *end])
    last = ["deleted", "pseudonymized", "due, not done"] if done else ["due", "then"]
    if done and not any(outcome.left for outcome in outcomes):
        last, rows = last[:-1], [row[:-1] for row in rows]
    table(console, ["rule", "examined", "kept", *last], rows)


def _kept(outcome: Outcome) -> str:
    figures = {VERDICTS[verdict]: groups for verdict, groups in outcome.kept.items()}
    figures["gone meanwhile"] = outcome.vanished
    return ", ".join(f"{words} {groups:,}" for words, groups in figures.items() if groups) or "none"


def show_against(console: Console, found: Against) -> None:
    rows = [
        (
            one.rule_id,
            *(f"{groups:,}" if groups else "·" for groups in (one.earlier, one.later, one.never, one.newly)),
            one.refusal or one.said,
        )
        for one in found.rules
    ]
    line(
        console,
        f"{found.dataset}: what the rules of {found.other} would change within {len(found.months)} months, as of "
        f"{found.as_of.isoformat()}",
        style="bold",
    )
    table(console, ("groups of", "earlier", "later", "never", "newly", ""), rows)
    line(
        console, f"by months of {found.zone}; never, newly: by one of both alone. Cool-downs are left out.", style="dim"
    )
