"""The DAG that the rules make: its arrows, its form, its words, and what a broken rule file looks like."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import TriggerRule

from retention.model.dataset import Dataset
from retention.model.rule import Rule

AFTER = {"crm.accounts": ("crm.business_contacts",), "crm.organizations": ("crm.accounts", "crm.business_contacts")}


@pytest.fixture
def dag(dataset: Dataset, rules: tuple[Rule, ...], home: Path) -> Any:
    from retention_airflow.dag_factory import build_dag

    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        return build_dag(dataset, rules, AFTER)


def upstream(dag: Any) -> dict[str, set[str]]:
    return {task.task_id: set(task.upstream_task_ids) for task in dag.tasks}


def test_arrows_follow_the_foreign_keys(dag: Any) -> None:
    assert upstream(dag) == {
        "prepare": set(),
        "plan": {"prepare"},
        "crm.business_contacts": {"plan"},
        "crm.accounts": {"plan", "crm.business_contacts"},
        "crm.organizations": {"plan", "crm.accounts", "crm.business_contacts"},
        "verify": {"plan", "crm.accounts", "crm.business_contacts", "crm.organizations"},
        "seal": {"verify"},
    }


def test_the_order_skips_nothing_and_the_seal_always_runs(dag: Any) -> None:
    rules = {task.task_id: task.trigger_rule for task in dag.tasks}
    for task_id in ("crm.accounts", "crm.business_contacts", "crm.organizations", "verify"):
        assert rules[task_id] is TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    assert rules["seal"] is TriggerRule.ALL_DONE
    assert rules["plan"] is TriggerRule.ALL_SUCCESS


def test_it_is_named_and_found_as_operations_expect(dag: Any) -> None:
    assert dag.dag_id == "retention_crm"
    assert set(dag.tags) == {"retention", "crm", "customer account"}
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.task_dict["seal"].outlets[0].uri == "retention://crm/sealed"
    assert {task.owner for task in dag.tasks} == {"privacy@northgate.example"}


def test_retries_are_short(dag: Any) -> None:
    for task in dag.tasks:
        assert task.retries == 3
        assert task.retry_delay.total_seconds() == 10


def test_the_form_knows_as_of_and_plan_only(dag: Any) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    assert dag.params.validate() == {"as_of": None, "plan_only": False}
    dag.params["as_of"] = "2026-07-01T00:00:00Z"
    with pytest.raises(ParamValidationError):
        dag.params["plan_only"] = "yes"


def test_the_page_says_the_rules_in_words(dag: Any) -> None:
    assert "table `accounts`, about a customer" in dag.doc_md
    assert "is kept, for a purpose, for 1 year from `ended_on`" in dag.doc_md
    assert "GDPR 6(1)(b), contract" in dag.doc_md
    assert "What happens then**: deleted" in dag.doc_md


def test_every_task_uses_the_pool_of_its_server(dataset: Dataset, rules: tuple[Rule, ...], home: Path) -> None:
    from retention_airflow.dag_factory import build_dag
    from retention_airflow.pools import pools_for, remember

    pools = pools_for(
        {"crm": "postgresql://u:p@db1:5432/crm", "billing": "postgresql://v@db1:5432/b", "web": "sqlite:///w"}
    )
    assert [(pool.name, pool.slots, pool.datasets) for pool in pools] == [
        ("retention_postgresql_db1_5432", 4, ("billing", "crm")),
        ("retention_web", 1, ("web",)),
    ]
    remember(pools, home)
    built = build_dag(dataset, rules, AFTER)
    assert {task.pool for task in built.tasks} == {"retention_postgresql_db1_5432"}


def test_before_init_has_run_the_tasks_stand_where_airflow_schedules_them_and_refuse(
    dataset: Dataset, rules: tuple[Rule, ...], home: Path
) -> None:
    from retention.model.errors import RetentionError
    from retention_airflow.dag_factory import build_dag
    from retention_airflow.pools import pools_for, refuse_without_pool, remember

    remember(pools_for({"web": "sqlite:///w"}), home)
    assert {task.pool for task in build_dag(dataset, rules, AFTER).tasks} == {"default_pool"}
    refuse_without_pool("web", home)
    with pytest.raises(RetentionError, match=r"R597 dataset crm, (?s:.*)python -m retention_airflow\.init"):
        refuse_without_pool("crm", home)


def test_by_hand_alone(
    dataset: Dataset, rules: tuple[Rule, ...], home: Path, dag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retention_airflow.dag_factory import build_dag

    assert dag.schedule == "0 3 * * *"
    monkeypatch.setenv("RETENTION_SCHEDULE", "off")
    assert build_dag(dataset, rules, AFTER).schedule is None


def test_a_notifier_that_cannot_be_made_is_named(
    dataset: Dataset, rules: tuple[Rule, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retention.model.errors import RetentionError
    from retention_airflow.dag_factory import build_dag

    monkeypatch.setenv("RETENTION_NOTIFIER", "nowhere.Notifier")
    with pytest.raises(RetentionError, match=r"R330.*nowhere\.Notifier"):
        build_dag(dataset, rules, AFTER)


def test_parsing_loads_neither_the_engine_nor_a_database_driver() -> None:
    """In a fresh interpreter: SQLAlchemy comes with Airflow itself, but the engine's shell must not be there."""
    program = (
        "import sys, retention_airflow.dag_factory, retention_airflow.plugin\n"
        "heavy = [m for m in sys.modules if m.startswith(('retention.sql', 'retention.runtime', 'great_expectations',"
        " 'pandas', 'psycopg', 'airflow.api_fastapi'))]\n"
        "sys.exit(f'loaded while parsing: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_broken_rule_is_a_readable_import_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from airflow.dag_processing.dagbag import DagBag

    (tmp_path / "rules" / "crm").mkdir(parents=True)
    (tmp_path / "datasets.yaml").write_text("version: 1\ndatasets: {crm: {title: Customers, nonsense: 1}}\n")
    (tmp_path / "rules" / "crm" / "accounts.yaml").write_text("version: 1\nid: crm.accounts\n")
    monkeypatch.setenv("RETENTION_RULES", str(tmp_path))
    root = Path(__file__).resolve().parents[2]
    bag = DagBag(str(root / "dags" / "retention_datasets.py"))
    assert not bag.dags
    (message,) = bag.import_errors.values()
    assert "R1" in message
    assert "datasets.yaml:" in message
    assert "what to do:" in message


def test_the_folder_of_dags_parses_without_errors_or_deprecations(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from airflow.dag_processing.dagbag import DagBag

    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("RETENTION_RULES", str(root / "retention_rules"))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=DeprecationWarning, module="retention")
        bag = DagBag(str(root / "dags"))
    assert not bag.import_errors
    datasets = ("crm", "billing", "support", "portal", "web", "hr", "marketing", "tenants")
    assert {f"retention_{dataset}" for dataset in datasets} == set(bag.dags)
    assert not bag.captured_warnings
