"""Where rules, the deployment's home and its reports are: the only environment variables that parsing a DAG reads."""

from __future__ import annotations

import os
from pathlib import Path


def rules_dir() -> Path:
    """$RETENTION_RULES, else retention_rules below the current directory."""
    return Path(os.environ.get("RETENTION_RULES") or "retention_rules")


def home() -> Path:
    """$RETENTION_HOME, else .retention below the current directory."""
    return Path(os.environ.get("RETENTION_HOME") or ".retention")


def reports_dir() -> Path:
    """Where the engine writes the reports of runs."""
    return home() / "reports"


def dag_id_of(dataset_id: str) -> str:
    """Stable: operations find the DAG, and permissions hang on it."""
    return f"retention_{dataset_id}"


def dataset_of(dag_id: str) -> str | None:
    """The dataset of one of our DAGs; None for any other DAG id."""
    prefix, _, dataset = dag_id.partition("_")
    return dataset if prefix == "retention" and dataset else None
