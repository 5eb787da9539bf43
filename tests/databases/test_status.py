"""What `status` says: overdue, failed, unfinished, pending, unreachable, and nothing where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.model.hold import SubjectKey
from retention.model.run import RunState
from retention.model.verdict import Verdict
from retention.runtime import holds
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.seal import seal
from retention.runtime.snapshot import snapshot
from retention.runtime.status import Status, status
from retention.runtime.stop import stop
from tests.world import AS_OF, DATASETS, World, make_world


@pytest.fixture
def world(sqlite_database: str, tmp_path: Path) -> World:
    world = make_world(sqlite_database, tmp_path, customers=8)
    (tmp_path / "rules" / "datasets.yaml").write_text(
        DATASETS.replace("zone: UTC", 'zone: UTC\n    schedule: "0 3 * * *"')
    )
    world.deployment = world.reopened()
    return world


def planned(world: World, name: str, *, as_of: datetime = AS_OF) -> str:
    """A run that was planned, and left so."""
    handle = prepare(world.deployment, "shop", as_of=as_of, plan_only=False, external_id=name)
    plan_run(world.deployment, handle.run_id)
    return handle.run_id


def codes(found: Status) -> list[str]:
    return [problem.code for problem in found.problems]


def test_before_the_first_run_nothing_is_overdue(world: World) -> None:
    found = status(world.deployment)
    assert codes(found) == []
    assert [rule.done_as_of for rule in found.datasets[0].rules] == [None, None, None]


def test_a_scheduled_run_that_did_not_end_is_unfinished_then_overdue(world: World) -> None:
    run_id = planned(world, "one")
    found = status(world.deployment)
    assert codes(found) == ["R463", "R466", "R466", "R466"]
    assert f"--resume {run_id}" in found.problems[0].remedy

    world.clock.time = datetime(2026, 7, 3, 8, 59, tzinfo=UTC)  # the run of 03:00 is late by less than six hours
    assert "R465" not in codes(status(world.deployment))
    world.clock.time = datetime(2026, 7, 3, 9, 1, tzinfo=UTC)
    late = status(world.deployment)
    overdue = next(problem for problem in late.problems if problem.code == "R465")
    assert "expected at 2026-07-03 03:00 UTC" in overdue.what
    assert "shop.customers, shop.invoices, shop.visits" in overdue.what

    world.clock.advance(days=2)
    expired = next(problem for problem in status(world.deployment).problems if problem.code == "R463")
    assert "`retention run shop` starts a new one" in expired.remedy


def test_a_run_that_never_ended_is_named_although_a_later_one_did(world: World) -> None:
    run_id = planned(world, "one")
    world.clock.advance(days=2)
    later = planned(world, "two")
    seal(world.deployment, later)
    (unended,) = (problem for problem in status(world.deployment).problems if problem.code == "R463")
    assert unended.where == f"run {run_id}"
    assert f"`retention run --resume {run_id}`" in unended.remedy


def test_a_run_that_failed_says_each_of_its_problems(world: World) -> None:
    run_id = planned(world, "one")
    assert seal(world.deployment, run_id).state is RunState.FAILED
    found = [problem for problem in status(world.deployment).problems if problem.code == "R464"]
    assert [problem.where for problem in found] == [f"run {run_id}"] * 4
    assert "rule shop.invoices did not run" in [problem.what for problem in found]
    assert all(problem.remedy for problem in found)


def test_the_work_list_has_an_owner_and_an_age(world: World) -> None:
    holds.place(world.deployment, "case 17", (SubjectKey(kind="customer", key="4"),), "lena")
    planned(world, "one")
    waiting = status(world.deployment).datasets[0].waiting
    assert waiting.unreadable == ""
    counted = {(item.rule_id, item.verdict): (item.groups, item.since, item.owner) for item in waiting.items}
    found = world.clock.time  # not the as-of, which may lie long before
    owner = "privacy@northgate.example"
    assert counted == {
        ("shop.customers", Verdict.UNDETERMINED): (2, found, owner),
        ("shop.customers", Verdict.HELD): (1, found, owner),
        ("shop.invoices", Verdict.HELD): (2, found, owner),
        ("shop.visits", Verdict.HELD): (2, found, owner),
    }


def test_stop_release_and_a_dataset_that_is_gone(world: World) -> None:
    held = holds.place(world.deployment, "case 17", (SubjectKey(kind="customer", key="4"),), "lena").hold
    holds.request_release(world.deployment, held.id, "lena", "settled")
    stop(world.deployment, "lena", "an audit")
    found = status(world.deployment)
    assert codes(found) == ["R412", "R461"]
    assert f"retention hold confirm {held.id}" in found.problems[1].remedy

    database = Path(world.url.removeprefix("sqlite:///"))
    database.rename(database.with_suffix(".away"))
    world.deployment = world.reopened()
    gone = status(world.deployment)
    assert "R462" in codes(gone)
    assert "does not exist" in gone.datasets[0].waiting.unreadable
    holds.place(world.deployment, "case 18", (SubjectKey(kind="customer", key="8"),), "lena")
    assert "R460" in codes(status(world.deployment))


def test_a_snapshot_says_what_changed_and_is_written_in_one_step(world: World) -> None:
    assert not snapshot(world.deployment, "shop").changed
    path = world.folder / "rules" / "snapshots" / "shop.yaml"
    world.execute("ALTER TABLE customers ADD COLUMN nickname VARCHAR(40)")
    world.execute("ALTER TABLE visits DROP COLUMN email")
    taken = snapshot(world.deployment, "shop")
    assert (taken.changed, taken.first, taken.columns) == (True, False, 22)
    assert [(change.severity.value, change.table, change.column, change.rule_ids) for change in taken.changes] == [
        ("refuse", "visits", "email", ("shop.visits",)),
        ("unclassified", "customers", "nickname", ("shop.customers",)),
    ]
    assert "nickname" in path.read_text()
    assert [other.name for other in path.parent.iterdir()] == ["shop.yaml"], "nothing is left beside it"
    assert not snapshot(world.deployment, "shop").changed
