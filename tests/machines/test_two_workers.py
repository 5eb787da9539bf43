"""Two workers share a run's tables. One of them dies in the middle of a rule, and the run completes all the same."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import create_engine, text

from tests.machines import compose
from tests.machines.conftest import ADMIN, WORKERS, Machines

pytestmark = pytest.mark.machines
AS_OF = "2026-07-01T00:00:00Z"
PEOPLE = 6_000
RULE = "crm.accounts"
# Batches so small that the kill meets a rule in the middle.
SETTINGS = """\
version: 1
limits: {share: 1.0, groups: 1000000}
first_run_is_plan_only: false
batch_groups: 100
batch_target_ms: 10
lease_seconds: 10
cool_down: P0D
"""


class Api:
    """Airflow's, as its user admin."""

    def __init__(self, made: Machines) -> None:
        self._url, self._token = made.url, ""
        who = {"username": ADMIN, "password": made.password}
        self._token = until_answered(lambda: self.call("POST", "/auth/token", who))["access_token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self._url + path, method=method, data=json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def trigger(self) -> str:
        wanted = {"logical_date": None, "conf": {"as_of": AS_OF}}
        run = until_answered(lambda: self.call("POST", "/api/v2/dags/retention_crm/dagRuns", wanted))
        return str(run["dag_run_id"])

    def states(self, run: str) -> dict[str, tuple[str, int]]:
        """Task -> its state and the number of its attempt."""
        found = self.call("GET", f"/api/v2/dags/retention_crm/dagRuns/{run}/taskInstances")
        return {one["task_id"]: (str(one["state"]), one["try_number"]) for one in found["task_instances"]}


def until_answered(ask: Callable[[], Any], seconds: float = 90) -> Any:
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except OSError:  # not up yet, or the DAG is not known yet
            if time.monotonic() > until:
                raise
            time.sleep(1)


def until_true(test: Callable[[], bool], seconds: float, pause: float) -> None:
    until = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < until, "it took too long"
        time.sleep(pause)


def prepared(made: Machines) -> None:
    """The sample's dataset crm on PostgreSQL, its rules with a snapshot of it, pools and tables."""
    rules, yaml = made.folder / "rules", YAML()
    shutil.copytree(compose.ROOT / "retention_rules" / "rules" / "crm", rules / "rules" / "crm")
    shutil.copytree(compose.ROOT / "retention_rules" / "statutes", rules / "statutes")
    datasets = yaml.load(compose.ROOT / "retention_rules" / "datasets.yaml")
    datasets["datasets"] = {"crm": datasets["datasets"]["crm"]}
    yaml.dump(datasets, rules / "datasets.yaml")
    (rules / "settings.yaml").write_text(SETTINGS)
    url = made.environment["RETENTION_CRM_URL"]
    made.run("-c", f"from retention.sample import build_all; build_all({{'crm': {url!r}}}, people={PEOPLE})")
    made.run("-c", "from retention.cli.main import main; raise SystemExit(main(['snapshot', 'crm']))")
    assert "tables: crm" in made.run("-m", "retention_airflow.init", "--tables")


def journal(made: Machines) -> dict[str, list[tuple[int, int]]]:
    """Rule -> (number of the batch, groups), in order."""
    engine = create_engine(made.environment["RETENTION_CRM_URL"])
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT rule_id, seq, groups FROM retention.journal ORDER BY rule_id, seq"))
            found: dict[str, list[tuple[int, int]]] = {}
            for rule, seq, groups in rows:
                found.setdefault(rule, []).append((seq, groups))
            return found
    finally:
        engine.dispose()


def workers_of(made: Machines, task: str) -> dict[int, str]:
    """Attempt -> the worker that was given it: its log says so."""
    attempts = {}
    for name in WORKERS:
        for attempt in re.findall(rf"task_id='{re.escape(task)}'.*?try_number=(\d+)", made.log(name)):
            attempts[int(attempt)] = name
    return attempts


def test_a_run_goes_on_when_a_worker_dies(machines: Machines) -> None:
    prepared(machines)
    api = Api(machines)
    run = api.trigger()

    until_true(lambda: len(journal(machines).get(RULE, ())) >= 3, 90, 0.05)
    dead = workers_of(machines, RULE)[1]
    machines.kill(dead)
    at_death = journal(machines)[RULE]

    until_true(lambda: api.states(run)["seal"][0] in ("success", "failed"), 150, 1)
    states = api.states(run)
    assert {state for state, _ in states.values()} == {"success"}, states
    assert states[RULE][1] > 1
    alive = workers_of(machines, RULE)[states[RULE][1]]
    assert {dead, alive} == set(WORKERS)

    batches = journal(machines)[RULE]
    assert len(at_death) < len(batches), "the rule had ended before its worker died"
    assert batches[: len(at_death)] == at_death
    assert [seq for seq, _ in batches] == list(range(1, len(batches) + 1))
    told = planned_and_done(api, run)
    assert told["planned"] == told["done"] == sum(groups for _, groups in batches)
    assert nothing_is_left(api)


def planned_and_done(api: Api, run: str) -> dict[str, int]:
    path = f"/api/v2/dags/retention_crm/dagRuns/{run}/taskInstances/{RULE}/xcomEntries/return_value"
    told = api.call("GET", path)["value"]
    told = json.loads(told) if isinstance(told, str) else told
    return {"planned": told["planned"], "done": told["deleted"] + told["pseudonymized"]}


def nothing_is_left(api: Api) -> bool:
    """A second run, by the worker that lives, finds nothing to do and passes."""
    run = api.trigger()
    until_true(lambda: api.states(run)["seal"][0] in ("success", "failed"), 120, 1)
    return planned_and_done(api, run) == {"planned": 0, "done": 0} and api.states(run)["seal"][0] == "success"


def test_no_component_listens_beyond_loopback(machines: Machines) -> None:
    """As they were started by the test before, with the options of the file."""
    open_to_all = [
        (name, connection.laddr)
        for name, member in machines.family()
        for connection in member.net_connections("inet")
        if connection.status == "LISTEN" and connection.laddr.ip not in ("127.0.0.1", "::1")
    ]
    assert open_to_all == []
