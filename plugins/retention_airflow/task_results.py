"""What a task leaves behind in Airflow, where any reader of the DAG sees it: ids, counts, digests, the head."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from retention.model.plan import Plan, StepPlan
from retention.model.run import CheckOutcome, RunHandle, SealedRun, SignedHead, StepResult, Verification

Told: TypeAlias = dict[str, Any]


def of_handle(handle: RunHandle) -> Told:
    return {
        "run_id": handle.run_id,
        "as_of": handle.as_of.isoformat(),
        "plan_only": handle.plan_only,
        "rules_digest": handle.rules_digest,
        "hold_epoch": handle.hold_epoch,
    }


def of_plan(plan: Plan) -> Told:
    return {
        "run_id": plan.run_id,
        "digest": plan.digest,
        "schema_digest": plan.schema_digest,
        "expires_at": plan.expires_at.isoformat(),
        "steps": {step.rule_id: _of_step(step) for step in plan.steps},
    }


def _of_step(step: StepPlan) -> Told:
    verdicts: Counter[str] = Counter()
    for tally in step.tallies:
        verdicts[tally.verdict.value] += tally.groups
    return {
        "table": step.table,
        "action": step.action.value,
        "examined": step.examined,
        "verdicts": dict(verdicts),
        "due": step.due,
        "due_digest": step.due_digest,
        "full_sweep": step.full_sweep,
        "plan_only": step.plan_only,
        "refused": step.refusal.code if step.refusal else "",
    }


def of_step_result(result: StepResult) -> Told:
    return asdict(result)


def of_verification(verification: Verification) -> Told:
    outcomes = Counter(check.outcome.value for check in verification.checks)
    return {
        "run_id": verification.run_id,
        "passed": verification.passed,
        "checks": dict(outcomes),
        "not_examined": len(verification.not_examined),
    }


def of_seal(sealed: SealedRun) -> Told:
    """The report by its file name alone: where the home is, is nobody's business."""
    return {
        "run_id": sealed.run_id,
        "state": sealed.state.value,
        "as_of": sealed.as_of.isoformat(),
        "plan_only": all(step.plan_only for step in sealed.steps) if sealed.steps else False,
        "plan_digest": sealed.plan.digest,
        "groups_deleted": sum(step.deleted for step in sealed.steps),
        "groups_pseudonymized": sum(step.pseudonymized for step in sealed.steps),
        "problems": len(sealed.problems),
        "head": of_head(sealed.head),
        "report": Path(sealed.report).name if sealed.report else "",
    }


def of_head(head: SignedHead | None) -> Told | None:
    return None if head is None else {**asdict(head), "signed_at": head.signed_at.isoformat()}


def what_failed_in_step(result: StepResult) -> str:
    """One sentence for the log and the notification; empty when nothing failed."""
    if not result.failed:
        return ""
    return (
        f"rule {result.rule_id}: of {result.planned} planned groups {result.set_aside} could not be written, "
        f"{result.unexplained} are unexplained\n"
        "  what to do: open the run's report, mend what it names, then clear this task"
    )


def what_failed_in_checks(verification: Verification) -> str:
    """The checks that do not pass, by name and count; empty when all do."""
    bad = [check for check in verification.checks if check.outcome in (CheckOutcome.WRONG, CheckOutcome.COULD_NOT_TELL)]
    if verification.passed:
        return ""
    if not bad:
        return "verification looked at nothing, so it vouches for nothing\n  what to do: open the run's report"
    lines = [
        f"{check.outcome.value}: {check.name} on {check.table}{'.' if check.column else ''}{check.column}"
        f" ({check.violations} of {check.examined} violate it, {check.unknown} unknown)"
        for check in bad
    ]
    return "\n".join(
        ["verification did not pass", *lines, "  what to do: open the run's report, which says so check by check"]
    )
