"""Single promises of the protocol, and a placer that dies at every step."""

from __future__ import annotations

from pathlib import Path

from retention.runtime import holds
from tests.databases import promises
from tests.world import make_world

PLACING = (
    ("add",),
    ("copy",),
    ("fence_exclusive",),
    ("fence_exclusive", "wanted"),
    ("bring_to",),
    ("commit the placing",),
    ("committed",),
    ("record_copy",),
    ("settle",),
    ("settle", "settle"),
)


def test_a_placer_that_dies_at_any_step_leaves_more_protection(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path, customers=2 * len(PLACING) + 2, rules=("visits",))
    world.execute("DELETE FROM visits")
    for number, at in enumerate(PLACING):
        promises.a_placer_dies(world, number, at)
    assert len(holds.listing(world.deployment)) == len(PLACING) - 1, "all but the one that was not recorded"
    world.deployment.close()


def test_a_restored_dataset_is_not_written_until_it_has_the_holds(any_database: str, tmp_path: Path) -> None:
    promises.a_dataset_is_restored(any_database, tmp_path)


def test_a_hold_waits_for_the_batch_that_has_judged(any_database: str, tmp_path: Path) -> None:
    promises.a_hold_meets_a_batch(any_database, tmp_path)


def test_who_lost_the_lease_writes_nothing_more(any_database: str, tmp_path: Path) -> None:
    promises.a_worker_pauses(any_database, tmp_path)


def test_no_batch_begins_after_the_stop(any_database: str, tmp_path: Path) -> None:
    promises.a_run_is_stopped(any_database, tmp_path)


def test_a_worker_that_dies_once_is_followed_by_one_that_ends_the_run(any_database: str, tmp_path: Path) -> None:
    promises.a_worker_dies(any_database, tmp_path, ("append", "committed"))
