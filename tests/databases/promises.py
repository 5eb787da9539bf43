"""Single promises, each shown on a small world by a course of events that breaks it where a part of the protocol is
missing. ``fault``: of tests/faults/faults.py; without one nothing here fails."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from retention.model.errors import RetentionError, TransientError
from retention.model.hold import HoldState, SubjectKey
from retention.runtime import batches, holds, ledger, stop
from retention.runtime.dispose import dispose
from retention.runtime.journal_chains import BATCH
from retention.runtime.run import resume
from retention.sql.control.ledger import entries
from tests.databases.agreement import Agreement, world_with_facts
from tests.databases.racing import ORDER, planned
from tests.faults.faults import injected
from tests.processes import Place, dies, disposing, killed, placing, quiet, running, started, stopping_at
from tests.steps import watched
from tests.world import World

PEOPLE = 16


def a_worker_dies(url: str, folder: Path, at: tuple[str, ...], fault: str = "") -> None:
    """At one step; then the run is ended."""
    world = world_with_facts(url, folder, people=PEOPLE)
    dies(running, Place.of(world, fault), at, "killed")
    known = world.deployment.control.runs.by_external_id("shop", "killed")
    assert known is not None
    run_id, agreement = known.handle.run_id, Agreement(world)
    agreement.holds(run_id)
    with injected(fault):
        sealed = resume(world.deployment, run_id, quiet)
    agreement.holds(run_id)
    assert sealed.problems == (), "the run fails"
    with world.deployment.control.reading() as control:
        taken = sum(entry.entry.kind == BATCH for entry in entries(control))
    assert taken == world.rows(f"SELECT count(*) FROM {world.own('journal')}")[0][0], "ledger and journal"
    assert sealed.head is not None
    assert ledger.verify(world.deployment, [sealed.head]).passed
    world.deployment.close()


def a_placer_dies(world: World, number: int, at: tuple[str, ...], fault: str = "") -> None:
    """At one step. A run that was planned before it keeps what is held, if only in the end, and takes the rest."""
    held, other = 2 * number + 1, 2 * number + 2
    for customer in (held, other):
        values = {"id": 1000 + customer, "customer": customer, "day": "2023-01-01"}
        world.execute("INSERT INTO visits (id, customer_id, seen_on) VALUES (:id, :customer, :day)", **values)
    run_id = planned(world, f"placer {number}")
    dies(placing, Place.of(world, fault), at, str(held))
    known = {key.key for hold in holds.listing(world.deployment) for key in hold.subjects}
    with pytest.MonkeyPatch.context() as patched, injected(fault):
        patched.setattr(batches, "FENCE_PATIENCE", 0.0)
        with suppress(TransientError):  # the hold has not come here yet
            dispose(world.deployment, run_id, "shop.visits")
        _kept(world, held, str(held) in known)
        holds.retry_pending(world.deployment)
        dispose(world.deployment, run_id, "shop.visits")
    _kept(world, held, str(held) in known)
    assert world.count("visits", f"id = {1000 + other}") == 0, "nobody holds the other person"
    assert all(hold.state is HoldState.IN_FORCE for hold in holds.listing(world.deployment))


def _kept(world: World, customer: int, is_held: bool) -> None:
    if is_held:
        assert world.count("visits", f"id = {1000 + customer}") == 1, "a held person's visit is gone"


def a_dataset_is_restored(url: str, folder: Path, fault: str = "") -> None:
    """From a backup that is older than a hold."""
    world = world_with_facts(url, folder, people=PEOPLE)
    run_id = planned(world, "restored")
    holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="4"),), "lena")
    database = world.deployment.database("shop")
    with database.placing() as connection:
        connection.execute(delete(database.own.hold))
        connection.execute(update(database.own.fence).values(epoch=0))
    with injected(fault), suppress(RetentionError):
        dispose(world.deployment, run_id, "shop.visits")
    assert world.count("visits") == 2 * PEOPLE, "disposed of without the holds"
    assert holds.retry_pending(world.deployment)
    dispose(world.deployment, run_id, "shop.visits")
    assert world.count("visits", "customer_id = 4") == 2
    assert world.count("visits") == PEOPLE + 1
    world.deployment.close()


def a_worker_pauses(url: str, folder: Path, fault: str = "") -> None:
    """Another one takes its rule over and ends it; then the first goes on where it was."""
    world = world_with_facts(url, folder, people=PEOPLE)
    run_id = planned(world, "paused")
    place = Place.of(world, fault)
    paused = started(stopping_at, place, "refuse_when_stopped", run_id, "shop.visits")
    assert paused.pid is not None
    try:
        _wait_until(lambda: _state(paused.pid or 0) == "T")
        with injected(fault):
            disposing(world.deployment, run_id, ORDER)
        os.kill(paused.pid, signal.SIGCONT)
        paused.join(timeout=60)
    finally:
        killed(paused)
    Agreement(world).holds(run_id)
    world.deployment.close()


def a_hold_meets_a_batch(url: str, folder: Path, fault: str = "") -> None:
    """That has judged, and goes on half a second later: the receipt comes after it, and says that it was. With a fault
    that lets the hold pass, the batch goes on after the receipt, however long placing took."""
    world = world_with_facts(url, folder, people=PEOPLE)
    run_id = planned(world, "met")
    worker = started(stopping_at, Place.of(world, fault), "write root", run_id, "shop.visits")
    pid = worker.pid
    assert pid is not None
    try:
        _wait_until(lambda: _state(pid) == "T")
        later = threading.Timer(30 if fault else 0.5, os.kill, (pid, signal.SIGCONT))
        later.start()
        told = holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="4"),), "lena").datasets[0]
        there = world.count("visits", "customer_id = 4")
        later.cancel()
        if worker.is_alive():
            os.kill(pid, signal.SIGCONT)
        worker.join(timeout=60)
    finally:
        killed(worker)
    assert told.in_force
    assert world.count("visits", "customer_id = 4") == there, "touched after the receipt"
    assert (dict(told.protected)["visits"], [rule for rule, _, _ in told.gone]) == (1, ["shop.visits"])
    world.deployment.close()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _wait_until(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until, "waited for too long"
        time.sleep(0.02)


def a_run_is_stopped(url: str, folder: Path, fault: str = "") -> None:
    """While its first batch is about to begin: no batch is written after the switch is on."""
    world = world_with_facts(url, folder, people=PEOPLE)
    run_id = planned(world, "stopped")
    other = world.reopened()

    def told(step: str) -> None:
        if step == "pending" and other.control.stops.stopped() is None:
            stop.stop(other, "lena", "something is wrong")

    with injected(fault), watched(told), suppress(RetentionError):
        dispose(world.deployment, run_id, "shop.visits")
    assert other.control.stops.stopped() is not None
    assert world.count("visits") == 2 * PEOPLE, "a batch began after the stop"
    assert Agreement(world).holds(run_id) == {}
    other.close()
    world.deployment.close()
