"""What a person sees in Airflow: the DAGs, a run in the grid and the graph, the rules in words, the report; and under
the real scheduler, that a cleared task runs again and does no harm."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="no playwright: make setup")


def call(site: Any, path: str, body: Any = None) -> Any:
    """Ask Airflow's REST API as admin; POST when there is a body."""
    headers = {"Content-Type": "application/json"}
    if not path.startswith("/auth"):
        token = call(site, "/auth/token", {"username": "admin", "password": site.password})["access_token"]
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(site.url + path, data, headers)) as answer:
        return json.load(answer)


def shot(page: Any, site: Any, name: str) -> Path:
    file: Path = site.folder / f"{name}.png"
    page.screenshot(path=file)
    return file


def test_the_dags_are_listed_with_their_tags(page: Any, site: Any) -> None:
    page.goto(f"{site.url}/dags?tags=retention")
    for dataset in ("crm", "billing", "support"):
        page.get_by_text(f"retention_{dataset}", exact=True).first.wait_for()
    assert shot(page, site, "dags").stat().st_size > 10_000


def test_a_run_is_green_in_the_grid_and_the_graph(page: Any, site: Any) -> None:
    (run,) = call(site, "/api/v2/dags/retention_crm/dagRuns")["dag_runs"]
    assert run["state"] == "success"
    page.goto(f"{site.url}/dags/retention_crm/runs/{run['dag_run_id']}")
    for task in ("prepare", "plan", "crm.accounts", "verify", "seal"):
        page.get_by_text(task, exact=True).first.wait_for()
    assert shot(page, site, "grid").stat().st_size > 10_000
    page.get_by_role("button", name="Show Graph").click()
    page.get_by_text("seal", exact=True).first.wait_for()
    page.wait_for_timeout(1500)
    assert shot(page, site, "graph").stat().st_size > 10_000


def test_the_seal_leads_to_the_report(page: Any, site: Any) -> None:
    (run,) = call(site, "/api/v2/dags/retention_crm/dagRuns")["dag_runs"]
    task = f"/api/v2/dags/retention_crm/dagRuns/{run['dag_run_id']}/taskInstances/seal"
    link = call(site, f"{task}/links")["extra_links"]["Report"]
    assert link.startswith("/retention/reports/retention_crm/crm-")
    answer = page.goto(site.url + link)
    assert answer.status == 200
    assert "accounts" in page.inner_text("body")
    assert shot(page, site, "report").stat().st_size > 10_000


def test_the_form_asks_for_as_of_and_plan_only(page: Any, site: Any) -> None:
    page.goto(f"{site.url}/dags/retention_crm")
    page.get_by_role("button", name="Trigger").first.click()
    page.get_by_text("Plan only").first.wait_for()
    page.get_by_text("As of").first.wait_for()
    page.wait_for_timeout(800)
    assert shot(page, site, "form").stat().st_size > 10_000


def test_nothing_but_loopback_listens(site: Any) -> None:
    import psutil

    children = psutil.Process(site.pid).children(recursive=True)
    listening = [c for child in children for c in child.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def finished(site: Any, run: str) -> str:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        state = str(call(site, run)["state"])
        if state in ("success", "failed"):
            return state
        time.sleep(2)
    raise AssertionError("the run did not end")


def result(site: Any, run: str, task: str) -> Any:
    return call(site, f"{run}/taskInstances/{task}/xcomEntries/return_value")["value"]


def test_clearing_a_whole_run_changes_nothing(site: Any) -> None:
    (told,) = call(site, "/api/v2/dags/retention_support/dagRuns")["dag_runs"]
    run = f"/api/v2/dags/retention_support/dagRuns/{told['dag_run_id']}"
    before = {task: result(site, run, task) for task in ("prepare", "seal")}
    call(site, f"{run}/clear", {"dry_run": False, "only_failed": False})
    assert finished(site, run) == "success"
    assert result(site, run, "prepare") == before["prepare"], "the same run, not another"
    for count in ("groups_deleted", "groups_pseudonymized", "problems", "state"):
        assert result(site, run, "seal")[count] == before["seal"][count]


def test_a_run_from_the_form_is_plan_only(site: Any) -> None:
    asked = {"logical_date": None, "conf": {"as_of": "2026-07-01T00:00:00Z", "plan_only": True}}
    made = call(site, "/api/v2/dags/retention_billing/dagRuns", asked)
    run = f"/api/v2/dags/retention_billing/dagRuns/{made['dag_run_id']}"
    assert finished(site, run) == "success"
    assert result(site, run, "seal")["groups_deleted"] == 0
