"""Where the demo keeps its things, and the environment in which its Airflow runs."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = Path(os.environ.get("RETENTION_DEMO_DIR") or ROOT / ".demo").resolve()
DATABASES = DEMO / "databases"
HOME = DEMO / "home"
RULES = DEMO / "rules"
AIRFLOW = DEMO / "airflow"
KEY_FILE = DEMO / "pseudonym.key"
LOG = DEMO / "airflow.log"
ALL = "crm billing support portal web hr marketing tenants"
DATASETS = tuple((os.environ.get("RETENTION_DEMO_DATASETS") or ALL).split())

AS_OF = "2026-07-01T00:00:00Z"  # pinned in the past, as the sample's dates are: every demo finds the same
PEOPLE = int(os.environ.get("RETENTION_DEMO_PEOPLE") or 3_000)
HELD_CUSTOMER = "17"


def database_url(dataset: str) -> str:
    return f"sqlite:///{DATABASES / f'{dataset}.db'}"


def set_environment(datasets: Iterable[str] = DATASETS) -> None:
    """Point the engine and Airflow at the demo. Must precede the first import of Airflow, which reads it then."""
    for directory in (DATABASES, HOME, AIRFLOW):
        directory.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "RETENTION_HOME": str(HOME),
            "RETENTION_RULES": str(RULES),
            "RETENTION_SCHEDULE": "off",
            "RETENTION_PSEUDONYM_KEY_FILE": str(KEY_FILE),
            "AIRFLOW_HOME": str(AIRFLOW),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(AIRFLOW / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__API_AUTH__JWT_SECRET": _secret(AIRFLOW / "jwt_secret"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW / 'airflow.db'}",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "GX_ANALYTICS_ENABLED": "false",
        }
    )
    os.environ.pop("RETENTION_CONTROL_URL", None)
    for dataset in datasets:
        database = str(DATABASES / f"{dataset}.db")
        os.environ[f"RETENTION_{dataset.upper()}_URL"] = database_url(dataset)
        connection = {"conn_type": "sqlite", "host": database}
        os.environ[f"AIRFLOW_CONN_RETENTION_{dataset.upper()}"] = json.dumps(connection)


def _secret(file: Path) -> str:
    """A secret of this demo, made once and readable by its owner alone."""
    if not file.is_file():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(64))
    return file.read_text()
