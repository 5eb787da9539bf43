"""What a plan binds: it is carried out exactly as it was made, in time, by less or as much as it says, never by more.

The digest of a plan is over its rules, schema, as-of, hold epoch and steps; a step's holds the digest of its list of
candidates, which stands in the dataset. Batches judge every group of the list anew, so that they may spare some.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.plan import Plan, StepPlan
from retention.model.rule import Rule
from retention.model.settings import Settings
from retention.policy.digest import canonical, digest_of
from retention.runtime.deployment import Deployment
from retention.sql.examination import candidates, candidates_digest
from retention.sql.verdicts import CompiledRule


def planned(deployment: Deployment, run_id: str) -> Plan:
    """Raises RetentionError R421 where the run has no plan."""
    plan = deployment.control.runs.plan(run_id)
    if plan is None:
        raise refuse(
            "R421",
            "this run has no plan",
            where=f"run {run_id}",
            remedy="plan it first; where planning failed, mend what it said and plan again",
        )
    return plan


def with_digest(plan: Plan) -> Plan:
    """With the digest over everything else in it."""
    return replace(plan, digest=digest_of(canonical(replace(plan, digest=""))))


def changed(plan: Plan) -> Problem | None:
    """R414 where what is stored is not what was planned."""
    if with_digest(plan).digest == plan.digest:
        return None
    return Problem(
        code="R414",
        what="the stored plan is not the one that was made: it does not fit its digest",
        where=f"run {plan.run_id}",
        remedy="start a new run; where nobody upgraded the program since, look into who can write to the control store",
    )


def refuse_changed(plan: Plan) -> None:
    """Raises RetentionError R414."""
    if problem := changed(plan):
        raise RetentionError(problem)


def refuse_other_rules(deployment: Deployment, run_id: str, rules_digest: str) -> None:
    """Raises RetentionError R420: what was prepared with other rules is not carried out."""
    if deployment.rules.digest != rules_digest:
        raise refuse(
            "R420",
            "the rules changed since this run was prepared",
            where=f"run {run_id}",
            remedy="start a new run: it is prepared and planned with the rules as they are now",
        )


def refuse_expired(deployment: Deployment, plan: Plan) -> None:
    """Raises RetentionError R423 after the instant at which the plan expires."""
    if deployment.clock.now() > plan.expires_at:
        raise refuse(
            "R423",
            f"the plan expired at {plan.expires_at.isoformat()}",
            where=f"run {plan.run_id}",
            remedy="start a new run: what is due may have changed since",
        )


def beyond_limits(rule: Rule, settings: Settings, *, due: int, rows: int) -> Problem | None:
    """R430 where more groups are due than a run may dispose of."""
    limits = rule.limits or settings.limits
    allowed = max(int(limits.share * rows), limits.groups)
    if due <= allowed:
        return None
    return Problem(
        code="R430",
        what=f"{due:,} of {rows:,} groups are due, and the limits allow {allowed:,} in one run",
        where=f"rule {rule.id}",
        remedy="look at the plan; where it is right, raise limits in the rule's file (share of the table, groups)",
    )


def refuse_beyond_limits(deployment: Deployment, rule: Rule, step: StepPlan) -> None:
    """Raises RetentionError R430 where the limits were lowered since the plan was made."""
    if problem := beyond_limits(rule, deployment.settings, due=step.due, rows=step.table_rows):
        raise RetentionError(problem)


def refuse_other_candidates(connection: Connection, compiled: CompiledRule, plan: Plan, step: StepPlan) -> None:
    """Raises RetentionError R429 where a later plan emptied the list of candidates, which would look as if everything
    on it had vanished, and R415 where it is not the list that was planned. Reads the whole list."""
    where = f"rule {step.rule_id}, run {plan.run_id}"
    listed = candidates(connection, compiled, plan.run_id)
    if listed == 0:
        raise refuse(
            "R429",
            f"the list of what this run may dispose of is empty, and its plan names {step.due:,} groups: a later run "
            "replaced it after this one had failed",
            where=where,
            remedy="start a new run",
        )
    if listed != step.due or candidates_digest(connection, compiled, plan.run_id) != step.due_digest:
        raise refuse(
            "R415",
            f"the list of what this run may dispose of is not the one that was planned: it names {listed:,} groups, "
            f"the plan {step.due:,}, and their digests differ",
            where=where,
            remedy=f"start a new run, and look into who can write to {compiled.context.rule_tables.candidate.fullname}",
        )
