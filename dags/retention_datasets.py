"""One Airflow DAG per dataset of the rules folder ($RETENTION_RULES, else retention_rules beside this folder)."""

import os
from pathlib import Path

os.environ.setdefault("RETENTION_RULES", str(Path(__file__).resolve().parents[1] / "retention_rules"))

from retention_airflow.dag_factory import build_dags

for dag in build_dags():
    globals()[dag.dag_id] = dag
