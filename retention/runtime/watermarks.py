"""How far each rule has come: what the next run need not look at again."""

from __future__ import annotations

from retention.model.plan import Plan
from retention.model.run import StepResult
from retention.runtime.deployment import Deployment
from retention.sql.clauses import clause_bounds
from retention.sql.control.records import Watermark


def advance_watermarks(deployment: Deployment, plan: Plan, steps: tuple[StepResult, ...]) -> None:
    """After a sealed run: every rule that did all it planned. A rule that only planned is examined whole again."""
    done = {step.rule_id: step for step in steps}
    for step in plan.steps:
        result = done.get(step.rule_id)
        if result is None or result.failed or step.plan_only:
            continue
        before = deployment.control.watermarks.watermark(step.rule_id)
        if before is not None and before.as_of > plan.as_of:
            continue  # a run as of an earlier day tells nothing new
        bounds = clause_bounds(deployment.rule(step.rule_id), plan.as_of, deployment.settings.lead)
        swept_at = plan.as_of if step.full_sweep or before is None else before.swept_at
        mark = Watermark(
            rule_digest=step.rule_digest,
            as_of=plan.as_of,
            bounds={clause: bound.text() for clause, bound in bounds.items()},
            swept_at=swept_at,
        )
        deployment.control.watermarks.save_watermark(step.rule_id, mark)
