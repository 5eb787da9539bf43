"""Who may read a report over HTTP, and that nothing but a report can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPORT = "crm-20260701T000000Z-1a2b3c.html"


@pytest.fixture(scope="session")
def server(airflow_database: None) -> Iterator[Any]:
    """Airflow's own API application with our plugin mounted in it, as the API server runs it."""
    from airflow.api_fastapi.app import cached_app, purge_cached_app
    from starlette.testclient import TestClient

    purge_cached_app()
    application = cached_app(apps="core")
    with TestClient(application, base_url="http://testserver") as client:
        yield client
    purge_cached_app()


@pytest.fixture
def signed_in(server: Any) -> Any:
    """Gives the headers of a user with a role."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    def headers(role: str | None) -> dict[str, str]:
        manager = server.app.state.auth_manager
        token = manager.generate_jwt(SimpleAuthManagerUser(username=role or "nobody", role=role))
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture(autouse=True)
def reports(home: Path) -> Path:
    folder = home / "reports"
    (folder / REPORT).write_text("<p>the report</p>")
    (folder / "billing-20260701T000000Z-1a2b3c.html").write_text("<p>another dataset</p>")
    (folder / "crm-eu-20260701T000000Z-1a2b3c.html").write_text("<p>another dataset with a similar name</p>")
    (home / "control.db").write_text("secret")
    (folder / "crm-20260701T000000Z-abcdef.html").symlink_to(home / "control.db")
    return folder


def url(dag_id: str, name: str) -> str:
    return f"/retention/reports/{dag_id}/{name}"


def test_a_reader_of_the_runs_reads_the_report(server: Any, signed_in: Any) -> None:
    answer = server.get(url("retention_crm", REPORT), headers=signed_in("VIEWER"))
    assert answer.status_code == 200
    assert answer.text == "<p>the report</p>"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")


def test_nobody_else_does(server: Any, signed_in: Any) -> None:
    assert server.get(url("retention_crm", REPORT)).status_code == 401
    assert server.get(url("retention_crm", REPORT) + "?user=admin").status_code == 401
    assert server.get(url("retention_crm", REPORT), headers=signed_in(None)).status_code == 403
    assert server.post(url("retention_crm", REPORT), headers=signed_in("ADMIN")).status_code == 405


def test_no_route_takes_the_user_from_the_query() -> None:
    from fastapi.openapi.utils import get_openapi

    from retention_airflow.report_pages import build_app

    app = build_app()
    paths = get_openapi(title="x", version="1", routes=app.routes)["paths"]
    assert list(paths) == ["/{dag_id}/{name}"]
    for operations in paths.values():
        for operation in operations.values():
            names = {(parameter["in"], parameter["name"]) for parameter in operation["parameters"]}
            assert names == {("path", "dag_id"), ("path", "name")}


@pytest.mark.parametrize(
    ("dag_id", "name"),
    [
        ("retention_crm", "../control.db"),
        ("retention_crm", "..%2Fcontrol.db"),
        ("retention_crm", "%2e%2e%2fcontrol.db"),
        ("retention_crm", "..%5Ccontrol.db"),
        ("retention_crm", "crm-20260701T000000Z-abcdef.html"),
        ("retention_crm", "billing-20260701T000000Z-1a2b3c.html"),
        ("retention_crm", "crm-eu-20260701T000000Z-1a2b3c.html"),
        ("retention_crm", REPORT + "%00"),
        ("retention_crm", REPORT + "%0A"),
        ("retention_", REPORT),
        ("other_dag", REPORT),
        ("retention_..", "control.db"),
    ],
)
def test_no_way_leads_out_of_the_reports_of_the_dataset(server: Any, signed_in: Any, dag_id: str, name: str) -> None:
    answer = server.get(url(dag_id, name), headers=signed_in("ADMIN"))
    assert "secret" not in answer.text
    assert "dataset" not in answer.text
    # Below /retention/reports a name that the router itself normalises away ends at Airflow's own front page.
    assert answer.status_code == 404 or "<title>Airflow" in answer.text
