"""The way from a task in Airflow's UI to the report of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.bases.operator import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

REPORTS_PREFIX = "/retention/reports"


class ReportLink(BaseOperatorLink):
    """Shown on the task that seals, as soon as there is a report, whether or not the run ended well."""

    name = "Report"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Called once in the worker when the task ends; the server then shows what it gave. Empty: no report."""
        told: Any = getattr(operator, "sealed_report", "")
        return report_url(ti_key.dag_id, told) if told else ""


def report_url(dag_id: str, report: str) -> str:
    """Relative to the server, below the path at which a proxy may have put Airflow."""
    from airflow.sdk.configuration import conf

    base = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return f"{base}{REPORTS_PREFIX}/{quote(dag_id, safe='')}/{quote(report, safe='')}"
