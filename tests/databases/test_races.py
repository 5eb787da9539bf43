"""Holds against runs, and people who come back, with real processes on real databases.

A race is a hold placed on somebody whom the next batches concern, while a worker dallies at random steps and is killed
at random. To repeat one that failed: ``pytest tests/databases/test_races.py -k "<its id>"``: the id ends with the seed
by which holds, dallying and kills are chosen. The machine chooses too, so several tries may be needed.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from retention.runtime.dispose import dispose
from tests import conformance
from tests.databases.racing import Races, planned
from tests.faults.faults import injected
from tests.steps import watched
from tests.world import World, make_world

SERVERS = {  # where the dataset is, where the control store is -> races of one world
    ("sqlite", "sqlite"): 50,
    ("postgresql", "postgresql"): 20,
    ("postgresql", "sqlite"): 20,
    ("mariadb", "mariadb"): 25,
    ("mariadb", "postgresql"): 25,
    ("postgresql", "mariadb"): 10,
}
if conformance.URL in os.environ:
    SERVERS = {(conformance.PARAMETER, "sqlite"): 25}
SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(2, 21)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dataset", "control"), SERVERS, ids=[f"{one} by {other}" for one, other in SERVERS])
def test_no_row_in_a_holds_scope_is_touched_after_its_receipt(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    dataset: str,
    control: str,
    seed: int,
) -> None:
    if control != "sqlite":
        monkeypatch.setenv("RETENTION_CONTROL_URL", request.getfixturevalue(control).fresh())
    url = request.getfixturevalue(f"{dataset}_database")
    Races(url, tmp_path, seed, SERVERS[dataset, control]).run()


def test_a_person_who_returns_while_the_batch_waits_is_kept(any_database: str, tmp_path: Path) -> None:
    a_person_returns(any_database, tmp_path)


def a_person_returns(url: str, folder: Path, fault: str = "") -> None:
    world = make_world(url, folder)
    run_id = planned(world, "return")
    engine = create_engine(url)
    with injected(fault):
        _returns_while_the_batch_waits(engine, world, run_id)
    engine.dispose()
    assert world.rows("SELECT email, full_name FROM customers WHERE id = 8") == [
        ("person8@northgate.example", "Person Number8")
    ], "a person who came back is pseudonymized"
    assert world.count("customers", "email LIKE '%@northgate.example'") == 31


def _returns_while_the_batch_waits(engine: Engine, world: World, run_id: str) -> None:
    results: list[object] = []
    arrived = threading.Event()

    def told(step: str) -> None:
        if step == "lock_roots":
            arrived.set()

    with watched(told), engine.connect() as application:
        application.execute(text("INSERT INTO memberships (id, customer_id, started_on) VALUES (900, 8, '2026-07-01')"))
        worker = threading.Thread(target=lambda: results.append(dispose(world.reopened(), run_id, "shop.customers")))
        worker.start()
        if engine.dialect.name != "sqlite":  # whose batches wait before they begin
            assert arrived.wait(timeout=60)
        time.sleep(0.1)  # less than a batch waits for a lock before it begins anew
        assert not results, "the batch waits for the person who is coming back"
        application.commit()
        worker.join(timeout=60)
    assert len(results) == 1
