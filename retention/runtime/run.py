"""A whole run, as the command line does it: the same steps that Airflow runs as tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from retention.model.errors import RetentionError
from retention.model.plan import Plan
from retention.model.run import SealedRun
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.seal import VERIFY, seal
from retention.runtime.verify_run import verify_run
from retention.runtime.withheld import text_withheld

Told = Callable[[str, int, int], None]  # stage or rule id, done, total


def run_dataset(
    deployment: Deployment,
    dataset_id: str,
    *,
    as_of: datetime | None,
    plan_only: bool,
    external_id: str,
    told: Told,
    started_by: str = "",
) -> SealedRun:
    """Prepare, plan, dispose rule by rule, verify, seal. A rule that fails hides no other; the run then ends FAILED.

    Raises RetentionError where the run cannot be prepared or planned at all.
    """
    told("prepare", 0, 1)
    handle = prepare(
        deployment, dataset_id, as_of=as_of, plan_only=plan_only, external_id=external_id, started_by=started_by
    )
    return resume(deployment, handle.run_id, told)


def plan_dataset(
    deployment: Deployment, dataset_id: str, *, as_of: datetime | None, external_id: str, told: Told, started_by: str
) -> Plan:
    """Prepare and plan a run that is carried out later, by ``resume``, before its plan expires."""
    told("prepare", 0, 1)
    handle = prepare(
        deployment, dataset_id, as_of=as_of, plan_only=False, external_id=external_id, started_by=started_by
    )
    told("plan", 0, 1)
    return plan_run(deployment, handle.run_id)


def resume(deployment: Deployment, run_id: str, told: Told) -> SealedRun:
    """Go on with a run where it was left."""
    told("plan", 0, 1)
    plan = plan_run(deployment, run_id)
    for step in plan.steps:
        told(step.rule_id, 0, step.due)
        try:
            dispose(
                deployment,
                run_id,
                step.rule_id,
                lambda done, total, rule_id=step.rule_id: told(rule_id, done, total),  # type: ignore[misc]
            )
        except RetentionError:
            continue  # recorded as the rule's failure: sealing names it
    told("verify", 0, 1)
    try:
        with text_withheld(f"verification of run {run_id}"):
            verify_run(deployment, run_id)
    except RetentionError as error:
        deployment.control.runs.save_failure(run_id, VERIFY, error.problems)
    told("seal", 0, 1)
    return seal(deployment, run_id)
