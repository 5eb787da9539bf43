"""What Airflow registers. Every component loads this module, so it imports next to nothing."""

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from retention_airflow.links import REPORTS_PREFIX, ReportLink


class ReportsApp:
    """The ASGI application of the reports, built when the API server is asked for the first one."""

    def __init__(self) -> None:
        self._built: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._built is None:
            from retention_airflow.report_pages import build_app

            self._built = build_app()
        await self._built(scope, receive, send)


class RetentionPlugin(AirflowPlugin):
    """Reports of runs, and the link to them."""

    name = "retention"
    fastapi_apps = [  # noqa: RUF012  Airflow declares it without ClassVar
        {"app": ReportsApp(), "url_prefix": REPORTS_PREFIX, "name": "Retention reports"}
    ]
    operator_extra_links = [ReportLink()]  # noqa: RUF012
