"""The reports of runs over HTTP, for those who may read the runs of the DAG that they belong to.

No future import of annotations here: FastAPI must see the dependency itself, else it takes ``user`` from the query.
"""

import re
from pathlib import Path
from typing import Annotated

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse

from retention_airflow.places import dataset_of, reports_dir

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def may_read(dag_id: str, user: GetUserDep) -> str:
    """The DAG id of the path, once Airflow says that this user may read the DAG's runs. Raises 403."""
    allowed = get_auth_manager().is_authorized_dag(
        method="GET", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=user
    )
    if not allowed:
        raise HTTPException(403, "You may not read the runs of this DAG.")
    return dag_id


def report_file(dag_id: str, name: str) -> Path | None:
    """The file of a report of this DAG's dataset; None when there is none.

    The name must be a run id of this very dataset, so that it can neither lead out of the folder nor into another
    dataset's reports.
    """
    dataset = dataset_of(dag_id)
    if dataset is None or not re.fullmatch(re.escape(dataset) + r"-\d{8}T\d{6}Z-[0-9a-z]{4,32}\.html", name):
        return None
    file = reports_dir() / name
    return file if file.is_file() and not file.is_symlink() else None


def build_app() -> FastAPI:
    """An application without documentation pages: every route asks who it is."""
    app = FastAPI(title="Retention reports", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/{dag_id}/{name}")
    def report(dag_id: Annotated[str, Depends(may_read)], name: str) -> FileResponse:
        file = report_file(dag_id, name)
        if file is None:
            raise HTTPException(404, "There is no such report.", headers=HEADERS)
        return FileResponse(file, media_type="text/html; charset=utf-8", headers=HEADERS)

    return app
