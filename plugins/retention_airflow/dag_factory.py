"""One DAG per dataset, from its rules. Parsing reads rules and snapshots, and opens no connection.

prepare -> plan -> one task per rule, those that refer to others first -> verify -> seal
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Param, TriggerRule

from retention.model.dataset import Dataset
from retention.model.rule import Rule
from retention.planning.order import run_order
from retention.policy import load_or_refuse
from retention_airflow import operators as tasks
from retention_airflow.notify import notifier
from retention_airflow.places import dag_id_of, home, rules_dir
from retention_airflow.pools import AIRFLOWS_OWN, pool_of
from retention_airflow.rules_in_words import dataset_in_words

# A rule's task runs once the plan exists and those before it have ended, well or not: a failure hides no other table,
# and each rule looks again at what refers to its rows. Without a plan there is nothing to run.
_AFTER_OTHERS = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS

_RETRY = {"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": True}


def build_dags() -> tuple[DAG, ...]:
    """The DAGs of the rules folder. Raises RetentionError with every problem: Airflow shows it as an import error."""
    rules = load_or_refuse(rules_dir())
    return tuple(
        build_dag(dataset, of_dataset, run_order(of_dataset, rules.schemas[name]))
        for name, dataset in rules.datasets.items()
        if (of_dataset := rules.of_dataset(name))
    )


def build_dag(dataset: Dataset, rules: Iterable[Rule], after: Mapping[str, tuple[str, ...]]) -> DAG:
    """The DAG ``retention_<dataset>``. ``after``: rule id -> ids of the rules of this dataset that run before it."""
    rules = tuple(rules)
    dag = DAG(
        dag_id_of(dataset.id),
        description=f"Retention of {dataset.title}",
        schedule=_schedule(dataset),
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        params=_form(),
        tags=sorted({"retention", dataset.id, *(rule.cluster for rule in rules)}),
        doc_md=dataset_in_words(dataset, rules),
        default_args={"owner": dataset.owner, "pool": pool_of(dataset.id, home()) or AIRFLOWS_OWN, **_RETRY},
    )
    common: dict[str, Any] = {"dag": dag, "dataset": dataset.id}
    prepare = tasks.PrepareRun(task_id=tasks.PREPARE, **common)
    plan = tasks.PlanRun(task_id=tasks.PLAN, **common)
    verify = tasks.VerifyRun(task_id=tasks.VERIFY, trigger_rule=_AFTER_OTHERS, **common)
    seal = tasks.SealRun(
        task_id=tasks.SEAL,
        trigger_rule=TriggerRule.ALL_DONE,
        asset=Asset(name=f"{dag.dag_id}_sealed", uri=f"retention://{dataset.id}/sealed"),
        on_failure_callback=notifier(),
        **common,
    )
    prepare >> plan >> verify >> seal
    _dispose(rules, after, plan, verify, common)
    return dag


def _dispose(
    rules: Iterable[Rule],
    after: Mapping[str, tuple[str, ...]],
    plan: tasks.PlanRun,
    verify: tasks.VerifyRun,
    common: Mapping[str, Any],
) -> None:
    made = {
        rule.id: tasks.DisposeOfRule(
            task_id=rule.id, rule_id=rule.id, trigger_rule=_AFTER_OTHERS, doc_md=rule.title, **common
        )
        for rule in rules
    }
    for rule_id, task in made.items():
        plan >> task >> verify
        for before in after.get(rule_id, ()):
            made[before] >> task


def _schedule(dataset: Dataset) -> str | None:
    """The dataset file's, unless this installation runs by hand alone (RETENTION_SCHEDULE=off), as the demo does."""
    return None if os.environ.get("RETENTION_SCHEDULE") == "off" else dataset.schedule


def _form() -> dict[str, Param]:
    return {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="As of",
            description="The instant for which everything is decided, ISO 8601 with a zone. Empty: the run's begin.",
        ),
        "plan_only": Param(False, type="boolean", title="Plan only", description="Say what is due, and write nothing."),
    }
