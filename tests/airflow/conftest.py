"""An Airflow of its own below a temporary folder, rules as values, and use cases that are made up."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.economy import roomy_memory

AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="retention-airflow-tests-", dir=roomy_memory()))
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
os.environ.update(
    {
        "AIRFLOW_HOME": str(AIRFLOW_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(AIRFLOW_HOME / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(AIRFLOW_HOME / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,viewer:viewer",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": "for-tests-only-" * 6,
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
    }
)
(AIRFLOW_HOME / "dags").mkdir(exist_ok=True)

from made_up_engine import AFTER, MadeUpEngine  # noqa: E402

from retention.model.clause import Clause, Role  # noqa: E402
from retention.model.dataset import Dataset, Source  # noqa: E402
from retention.model.period import Period  # noqa: E402
from retention.model.rule import Action, Disposition, Rule, SubjectPath  # noqa: E402
from retention.model.schema import Schema  # noqa: E402
from retention.model.starting_point import ColumnEvent, StartingPoint, Stored, TimeColumn  # noqa: E402


def rule(name: str) -> Rule:
    started = StartingPoint(event=ColumnEvent(at=TimeColumn(column="ended_on", stored=Stored.DATE)))
    purpose = Clause(
        id="account", role=Role.PURPOSE, start=started, period=Period(years=1), basis="GDPR 6(1)(b), contract"
    )
    return Rule(
        id=f"crm.{name}",
        dataset="crm",
        title=name.replace("_", " ").capitalize(),
        cluster="customer account",
        owner="privacy@northgate.example",
        table=name,
        primary_key=("id",),
        members=(),
        subject=SubjectPath(kind="customer", key="id"),
        zone="UTC",
        condition=None,
        relationship=None,
        clauses=(purpose,),
        disposition=Disposition(action=Action.DELETE),
        columns=(),
        limits=None,
        source=Source(file=f"rules/crm/{name}.yaml", line=1),
        digest="d" * 64,
    )


@pytest.fixture
def dataset() -> Dataset:
    return Dataset(
        id="crm",
        title="Customers",
        environment="RETENTION_CRM_URL",
        connection="retention_crm",
        schema=None,
        zone="UTC",
        schedule="0 3 * * *",
        owner="privacy@northgate.example",
    )


@pytest.fixture
def rules() -> tuple[Rule, ...]:
    return tuple(rule(name) for name in ("accounts", "business_contacts", "organizations"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETENTION_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "reports").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, home: Path) -> MadeUpEngine:
    """Put the made-up use cases where the operators import the real ones from."""
    import retention_airflow.operators as operators

    made_up = MadeUpEngine()

    @contextmanager
    def opened() -> Iterator[Any]:
        yield SimpleNamespace()

    monkeypatch.setattr(operators, "opened", opened)
    for name in ("prepare", "plan_run", "dispose", "verify_run", "seal"):
        module = ModuleType(f"retention.runtime.{name}")
        setattr(module, name, getattr(made_up, name))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made_up


@pytest.fixture(scope="session")
def airflow_database() -> None:
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def run_dag(
    airflow_database: None,
    engine: MadeUpEngine,
    dataset: Dataset,
    rules: tuple[Rule, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Run the DAG of the sample rules to its end; gives the DAG run. ``again``: the DAG of an earlier run."""
    import retention_airflow.dag_factory as factory
    from retention.model.rule import RuleSet
    from retention_airflow.init import _create
    from retention_airflow.pools import pools_for, remember

    loaded = RuleSet(datasets={"crm": dataset}, schemas={"crm": Schema(dialect="sqlite")}, rules=rules, digest="x")
    monkeypatch.setattr(factory, "_RETRY", {"retries": 0})
    monkeypatch.setattr(factory, "load_or_refuse", lambda _: loaded)
    monkeypatch.setattr(factory, "run_order", lambda *_: AFTER)
    pools = pools_for({"crm": "sqlite:///crm.db"})
    for pool in pools:
        _create(pool)
    file = AIRFLOW_HOME / "dags" / "retention_datasets.py"
    file.write_text((ROOT / "dags" / "retention_datasets.py").read_text())

    def run(**conf: Any) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(file))
        assert not bag.import_errors
        return bag.dags["retention_crm"].test(run_conf=conf)

    remember(pools, Path(os.environ["RETENTION_HOME"]))
    return run
