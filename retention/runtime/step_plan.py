"""One step of a plan: what one rule's groups get, which are due, and why nothing may be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from retention.model.choice import PeriodColumn
from retention.model.errors import Problem, RetentionError
from retention.model.plan import StepPlan, Tally
from retention.model.rule import Action, Rule
from retention.model.rule_text import Awaited
from retention.model.run import RunHandle, RunState
from retention.model.verdict import Reason, Verdict
from retention.runtime.compiling import Compiling, LiveRules
from retention.runtime.deployment import Deployment
from retention.runtime.keys import require_key
from retention.runtime.needs import unmet
from retention.runtime.plan_approval import asked_for
from retention.runtime.plan_contract import beyond_limits
from retention.runtime.rule_changes import AwaitedText, Changes
from retention.runtime.withheld import withheld
from retention.sql import examination
from retention.sql.bounds import Bound
from retention.sql.compiled_rule import RuleContext
from retention.sql.control.records import Watermark
from retention.sql.database import Database
from retention.sql.examined import Examined
from retention.sql.verdicts import CompiledRule


@dataclass(kw_only=True)
class Planning:
    """A plan in the making. ``going``: the rules planned so far whose due groups this very run deletes, so that they
    do not count as references to what comes after them."""

    deployment: Deployment
    database: Database
    connection: Connection
    handle: RunHandle
    live: LiveRules
    changes: Changes
    freeze: bool
    going: list[CompiledRule] = field(default_factory=list)


def planned_alone(planning: Planning, rule: Rule) -> StepPlan:
    """The rule's step; where the database fails under it, one that refuses, and the other rules are planned.

    The savepoint keeps what the transaction read so far as its one state of the database. A lost connection, and locks
    that others hold, are about no rule, and fail the plan."""
    try:
        with planning.connection.begin_nested():
            return _plan_step(planning, rule)
    except DBAPIError as error:
        if error.connection_invalidated or planning.database.dialect.is_lock_timeout(error):
            raise
        return _step(planning, rule, refusal=withheld(error, f"rule {rule.id}", "start a new run"))


def _plan_step(planning: Planning, rule: Rule) -> StepPlan:
    """Examine one rule's groups. A rule that the drift of the schema stops is not examined at all."""
    stopped = planning.live.refusals(rule.id)
    if stopped:
        return _step(planning, rule, refusal=stopped[0].problem(rule))
    awaited = planning.changes.awaited(rule)
    compiled = _compiled(planning, rule, awaited)
    since = _since(planning, rule)
    if planning.freeze:
        examined = examination.look(planning.connection, compiled, since)
    else:
        examined = Examined.of(compiled, examination.scope(compiled, since))
    tallies = examination.census(planning.connection, examined)
    rows = examination.row_count(planning.connection, compiled)
    due = sum(tally.groups for tally in tallies if tally.verdict is Verdict.DUE)
    plan_only = _plan_only(planning, rule)
    refusal = _refusal(planning, compiled.context, tallies, due, rows)
    digest = _freeze(planning, examined, due)
    if not (plan_only or refusal):
        planning.going.append(compiled)
    return _step(
        planning,
        rule,
        full_sweep=since is None,
        tallies=tallies,
        rows=rows,
        due=due,
        digest=digest,
        plan_only=plan_only,
        refusal=refusal,
        approval=asked_for(planning.deployment, rule),
        awaited=tuple(one.awaited for one in awaited),
    )


def _compiled(planning: Planning, rule: Rule, awaited: tuple[AwaitedText, ...]) -> CompiledRule:
    """The rule against the live tables, with what else this run deletes taken as gone already."""
    compiling = Compiling(
        deployment=planning.deployment, database=planning.database, live=planning.live, as_of=planning.handle.as_of
    )
    return compiling.rule(rule, awaited, going=tuple(planning.going))


def following(step: StepPlan) -> int:
    """Of the due groups of a step, those that an earlier run pseudonymized and this one deletes."""
    if step.action is not Action.PSEUDONYMIZE:
        return 0
    return sum(tally.groups for tally in step.tallies if tally.reason is Reason.FOLLOW_UP)


def _since(planning: Planning, rule: Rule) -> Mapping[str, Bound] | None:
    """The bounds of the last completed run of this very rule; None: everything is examined."""
    settings, as_of = planning.deployment.settings, planning.handle.as_of
    mark = planning.deployment.control.watermarks.watermark(rule.id)
    if rule.needed_by or any(isinstance(clause.varies, PeriodColumn) for clause in rule.clauses):
        return None  # what other rows say makes due what no time passed for here
    if mark is None or mark.rule_digest != rule.digest or mark.as_of > as_of:
        return None
    sweep_is_due = as_of - mark.swept_at >= timedelta(days=settings.full_sweep_every_days)
    if sweep_is_due or not _carried_out(planning, rule, mark):
        return None
    return {clause: Bound.from_text(text) for clause, text in mark.bounds.items()}


def _carried_out(planning: Planning, rule: Rule, mark: Watermark) -> bool:
    """Whether the plan before this one was. What it found due left the work list, and where nothing disposed of it
    only a full sweep finds it again: a hold that was released, say, on what had expired long before. A run as of an
    earlier day than the watermark's took off the list what was not due on that day."""
    runs = planning.deployment.control.runs
    for record in runs.runs_of(planning.handle.dataset):
        plan = None if record.handle.run_id == planning.handle.run_id else runs.plan(record.handle.run_id)
        if plan is not None:
            step = next((step for step in plan.steps if step.rule_id == rule.id), None)
            done = record.state is RunState.SEALED and step is not None and not step.plan_only
            return done and plan.as_of >= mark.as_of
    return False


def _plan_only(planning: Planning, rule: Rule) -> str:
    if planning.handle.plan_only:
        return "a plan only was asked for"
    if not planning.deployment.settings.first_run_is_plan_only:
        return ""
    if planning.deployment.control.rules.first_seen(rule.id, rule.digest) is None:
        return "first run of this rule, or of its changed text: look at the plan, then run again"
    return ""


def _refusal(
    planning: Planning, context: RuleContext, tallies: tuple[Tally, ...], due: int, rows: int
) -> Problem | None:
    rule = context.rule
    if problem := beyond_limits(rule, planning.deployment.settings, due=due, rows=rows):
        return problem
    if due and (problem := next(unmet(planning.deployment, context), None)):
        return problem
    if rule.disposition.action is Action.PSEUDONYMIZE and _own(tallies):
        return _key_problem(planning.deployment)
    return None


def _key_problem(deployment: Deployment) -> Problem | None:
    """A run that cannot finish for want of the key refuses before its first write."""
    try:
        require_key(deployment)
    except RetentionError as error:
        return error.problems[0]
    return None


def _own(tallies: tuple[Tally, ...]) -> int:
    reasons: Counter[Reason] = Counter()
    for tally in tallies:
        if tally.verdict is Verdict.DUE:
            reasons[tally.reason] += tally.groups
    return sum(groups for reason, groups in reasons.items() if reason is not Reason.FOLLOW_UP)


def _freeze(planning: Planning, examined: Examined, due: int) -> str:
    if not planning.freeze:
        return examination.due_digest(planning.connection, examined)
    run_id, now = planning.handle.run_id, planning.deployment.clock.now().isoformat()
    own, follow_up, digest = examination.freeze_candidates(
        planning.connection, examined, run_id, unfinished=_unfinished(planning)
    )
    if own + follow_up != due:
        raise AssertionError("the census and the list of candidates differ in one transaction")
    examination.renew_residue(planning.connection, examined, run_id=run_id, now=now)
    return digest


def _unfinished(planning: Planning) -> list[str]:
    """Runs of the dataset that may still be disposing of what their plans list."""
    over = (RunState.SEALED, RunState.FAILED)
    recent = planning.deployment.control.runs.runs_of(planning.handle.dataset, limit=200)
    return [record.handle.run_id for record in recent if record.state not in over]


def _step(
    planning: Planning,
    rule: Rule,
    *,
    full_sweep: bool = True,
    tallies: tuple[Tally, ...] = (),
    rows: int = 0,
    due: int = 0,
    digest: str = "",
    plan_only: str = "",
    refusal: Problem | None = None,
    approval: bool = False,
    awaited: tuple[Awaited, ...] = (),
) -> StepPlan:
    return StepPlan(
        rule_id=rule.id,
        rule_digest=rule.digest,
        table=rule.table,
        action=rule.disposition.action,
        full_sweep=full_sweep,
        examined=sum(tally.groups for tally in tallies),
        table_rows=rows,
        tallies=tallies,
        due=due,
        due_digest=digest,
        plan_only=plan_only,
        refusal=refusal,
        approval=approval,
        awaited=awaited,
    )
