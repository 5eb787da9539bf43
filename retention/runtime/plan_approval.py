"""A second person's approval of a plan: recorded, bound to the plan's digest, checked before anything is disposed of.

An approval lasts as long as the plan. A rejection is for good.
"""

from __future__ import annotations

from retention.model.approval import Decision, PlanDecision
from retention.model.errors import RetentionError, refuse
from retention.model.plan import Plan, StepPlan
from retention.model.rule import Approval, Rule
from retention.model.run import RunState
from retention.runtime.deployment import Deployment
from retention.runtime.plan_contract import planned, refuse_changed, refuse_expired
from retention.sql.control.approvals import rejected

UNAPPROVED = frozenset({"R416", "R417"})  # refusals for want of an approval


def approve(deployment: Deployment, run_id: str, by: str, reason: str, digest: str | None = None) -> PlanDecision:
    """``digest``: of the plan that the person looked at, where it must be that one.

    Raises RetentionError R400 (unknown run), R414 (changed), R417 (rejected), R418 (who started the run), R419 (no
    reason, another digest, nothing to approve, over, approved already), R421 (no plan), R423 (expired).
    """
    plan = _undecided(deployment, run_id, reason, digest)
    if by == deployment.control.runs.run(run_id).handle.started_by:
        raise refuse(
            "R418",
            f"{by} started this run, and cannot approve its plan",
            where=f"run {run_id}",
            remedy="a second person approves: another operating-system user, or with a token of their own "
            "(`retention token new NAME`)",
        )
    if not any(step.writes for step in plan.steps):
        raise _pointless(run_id, "nothing can be disposed of by this plan, so that there is nothing to approve")
    return _record(deployment, plan, Decision.APPROVED, by, reason)


def reject(deployment: Deployment, run_id: str, by: str, reason: str) -> PlanDecision:
    """Nothing more is disposed of by this plan from the next batch on, whatever was approved.

    Raises RetentionError as ``approve`` does, but for R418: who started a run may reject its plan.
    """
    return _record(deployment, _undecided(deployment, run_id, reason, None), Decision.REJECTED, by, reason)


def plan_of(deployment: Deployment, run_id: str) -> tuple[Plan, tuple[PlanDecision, ...]]:
    """The frozen plan of a run, and what was said of it. Raises RetentionError R400, R421 (no plan), R414 (changed)."""
    plan = planned(deployment, run_id)
    refuse_changed(plan)
    return plan, deployment.control.approvals.decisions(run_id)


def waits_for_approval(deployment: Deployment, plan: Plan) -> bool:
    """Whether something of the plan is carried out only once somebody approves it, and still can be."""
    if deployment.clock.now() > plan.expires_at or not any(step.approval and step.writes for step in plan.steps):
        return False
    return not deployment.control.approvals.decisions(plan.run_id)


def refuse_rejected(deployment: Deployment, plan: Plan) -> None:
    """Raises RetentionError R417."""
    for decision in deployment.control.approvals.decisions(plan.run_id):
        if decision.decision is Decision.REJECTED:
            raise rejected(decision)


def asked_for(deployment: Deployment, rule: Rule) -> bool:
    """Whether the rule or the deployment wants plans to be approved."""
    return Approval.REQUIRED in (rule.approval, deployment.settings.approval)


def refuse_unapproved(deployment: Deployment, plan: Plan, step: StepPlan, rule: Rule) -> None:
    """Raises RetentionError R416 where the step needed an approval when it was planned, or needs one now, and this very
    plan has none."""
    if not (step.approval or asked_for(deployment, rule)):
        return
    decisions = deployment.control.approvals.decisions(plan.run_id)
    approvals = [one for one in decisions if one.decision is Decision.APPROVED]
    if any(one.digest == plan.digest for one in approvals):
        return
    what = "its plan needs the approval of a second person, and has none"
    if approvals:
        what = f"its plan needs the approval of a second person; the one of {approvals[0].by} is for another plan"
    raise refuse(
        "R416",
        what,
        where=f"rule {step.rule_id}, run {plan.run_id}",
        remedy=f"{how_to_approve(plan)}; then {how_to_go_on(plan.run_id)}",
    )


def how_to_approve(plan: Plan) -> str:
    return (
        f"look at it with `retention plan show {plan.run_id}`, then a second person: "
        f"`retention plan approve {plan.run_id} --digest {plan.digest} --reason ...`, before "
        f"{plan.expires_at.isoformat(timespec='seconds')}"
    )


def how_to_go_on(run_id: str) -> str:
    return f"`retention run --resume {run_id}`, or clear the failed tasks in Airflow"


def _undecided(deployment: Deployment, run_id: str, reason: str, digest: str | None) -> Plan:
    """The plan, where there is something to decide about it."""
    plan = planned(deployment, run_id)
    if deployment.control.runs.run(run_id).state is RunState.SEALED:
        raise _pointless(run_id, "this run is over: it is sealed")
    if not reason.strip():
        raise _pointless(run_id, "a decision about a plan needs a reason", "say why, without a person's name")
    if digest is not None and digest.strip() != plan.digest:
        what = f"this is not the digest of the plan, which is {plan.digest}"
        raise _pointless(run_id, what, f"look at the plan anew: `retention plan show {run_id}`")
    refuse_changed(plan)
    refuse_rejected(deployment, plan)
    refuse_expired(deployment, plan)
    return plan


def _pointless(run_id: str, what: str, remedy: str = "") -> RetentionError:
    return refuse("R419", what, where=f"run {run_id}", remedy=remedy or f"`retention plan show {run_id}` says more")


def _record(deployment: Deployment, plan: Plan, decision: Decision, by: str, reason: str) -> PlanDecision:
    taken = PlanDecision(
        run_id=plan.run_id,
        digest=plan.digest,
        decision=decision,
        by=by,
        at=deployment.clock.now(),
        reason=reason.strip(),
    )
    deployment.control.approvals.record(taken)
    return taken
