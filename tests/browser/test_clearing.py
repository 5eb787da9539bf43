"""Under the real scheduler: a cleared task runs again and does no harm."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any


def call(site: Any, path: str, body: Any = None) -> Any:
    """Ask Airflow's REST API as admin; POST when there is a body."""
    headers = {"Content-Type": "application/json"}
    if not path.startswith("/auth"):
        token = call(site, "/auth/token", {"username": "admin", "password": site.password})["access_token"]
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(site.url + path, data, headers)) as answer:
        return json.load(answer)


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
