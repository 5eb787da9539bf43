"""The tasks of a run. Each opens the deployment, calls one use case and tells what came of it.

The engine is imported when a task runs: Airflow parses this file all the time, and SQLAlchemy with it would be slow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import Asset, BaseOperator, BaseOperatorLink
from airflow.sdk.exceptions import AirflowFailException

from retention_airflow import task_results
from retention_airflow.links import ReportLink
from retention_airflow.opening import opened
from retention_airflow.places import home
from retention_airflow.pools import refuse_without_pool
from retention_airflow.refusals import in_airflow_terms
from retention_airflow.task_results import Told

if TYPE_CHECKING:
    from airflow.sdk import Context

    from retention.runtime.deployment import Deployment

PREPARE, PLAN, VERIFY, SEAL = "prepare", "plan", "verify", "seal"


class RetentionOperator(BaseOperator):
    """One use case of the engine for one dataset."""

    ui_color = "#dfe9f5"

    def __init__(self, *, dataset: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset

    def execute(self, context: Context) -> Told:
        """What the task tells is pushed first: a red task must not hide what it did."""

        def work() -> tuple[Told, str]:
            with opened() as deployment:
                return self.use_case(deployment, context)

        told, failure = in_airflow_terms(work)
        if failure:
            context["ti"].xcom_push(key="return_value", value=told)
            raise AirflowFailException(failure)
        return told

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        """What to tell, and what failed in words (empty: nothing)."""
        raise NotImplementedError

    def run_of(self, context: Context) -> str:
        """The run that the first task prepared. Raises AirflowFailException when there is none."""
        told = context["ti"].xcom_pull(task_ids=PREPARE)
        run_id = told.get("run_id") if isinstance(told, dict) else None
        if not isinstance(run_id, str) or not re.match(re.escape(self.dataset) + r"-\d{8}T", run_id):
            raise AirflowFailException(
                f"R599 no run of dataset {self.dataset} was prepared, so there is nothing to do here"
                f"\n  what to do: look at the task {PREPARE!r}, mend what it says, then clear the run"
            )
        return run_id


class PrepareRun(RetentionOperator):
    """Choose the as-of, record the rules and the hold epoch. The same Airflow run always gives the same run."""

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        from retention.runtime.prepare import prepare

        refuse_without_pool(self.dataset, home())
        handle = prepare(
            deployment,
            self.dataset,
            as_of=_instant(context["params"].get("as_of")),
            plan_only=bool(context["params"].get("plan_only")),
            external_id=str(context["run_id"]),
            started_by=_person(context),
        )
        return task_results.of_handle(handle), ""


class PlanRun(RetentionOperator):
    """Decide what is due, and freeze it."""

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        from retention.runtime.plan_run import plan_run

        return task_results.of_plan(plan_run(deployment, self.run_of(context))), ""


class DisposeOfRule(RetentionOperator):
    """Delete or pseudonymize what the plan calls due under one rule, and still is."""

    ui_color = "#f5e2dc"

    def __init__(self, *, rule_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule_id = rule_id

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        from retention.runtime.dispose import dispose

        result = dispose(deployment, self.run_of(context), self.rule_id)
        if result.plan_only:
            self.log.info("nothing written: %s", result.plan_only)
        return task_results.of_step_result(result), task_results.what_failed_in_step(result)


class VerifyRun(RetentionOperator):
    """Look at the data by other means than those that changed it."""

    ui_color = "#e3f1e1"

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        from retention.runtime.verify_run import verify_run

        verification = verify_run(deployment, self.run_of(context))
        return task_results.of_verification(verification), task_results.what_failed_in_checks(verification)


class SealRun(RetentionOperator):
    """Record the run in the ledger and write its report. Runs whatever happened before; red unless all is well."""

    ui_color = "#e3f1e1"
    operator_extra_links: ClassVar[Sequence[BaseOperatorLink]] = (ReportLink(),)  # type: ignore[misc]
    sealed_report = ""  # file name, known after execution, read by the link

    def __init__(self, *, asset: Asset, **kwargs: Any) -> None:
        super().__init__(outlets=[asset], **kwargs)
        self.asset = asset

    def use_case(self, deployment: Deployment, context: Context) -> tuple[Told, str]:
        from retention.model.run import RunState
        from retention.runtime.seal import seal

        sealed = seal(deployment, self.run_of(context))
        told = task_results.of_seal(sealed)
        self.sealed_report = told["report"]
        if sealed.state is RunState.SEALED:
            if all(step.plan_only for step in sealed.plan.steps):
                self.outlets = []  # followers would take it for a run that disposes of what is due
            else:
                context["outlet_events"][self.asset].extra = told
            return told, ""
        return told, "\n".join(sealed.problems) or f"the run ended {sealed.state.value} and does not say why"


def _person(context: Context) -> str:
    """The Airflow user who triggered the run; empty: a schedule, or Airflow does not say."""
    return str(getattr(context["dag_run"], "triggering_user_name", None) or "")


def _instant(text: object) -> datetime | None:
    """The as-of of the form: ISO 8601 with a zone, or nothing. Raises AirflowFailException for anything else."""
    if text is None or text == "":
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise AirflowFailException(
            "R598 as_of is not an instant\n"
            "  what to do: write date, time and zone, for example 2026-07-01T00:00:00Z, or leave it out"
        )
    return instant
