"""A hold on the longest list that there may be."""

from __future__ import annotations

from pathlib import Path

from retention.model.hold import HoldState, SubjectKey
from retention.policy.subject_list import MOST_SUBJECTS
from retention.runtime import holds
from tests.databases.test_runs import run
from tests.world import make_world


def test_a_hold_on_100_000_persons_comes_into_force_and_keeps_those_who_are_there(
    any_database: str, tmp_path: Path
) -> None:
    world = make_world(any_database, tmp_path)
    listed = tuple(SubjectKey(kind="customer", key=str(number)) for number in range(4, 4 + MOST_SUBJECTS))
    held = world.count("visits", "customer_id >= 4")

    receipt = holds.place(world.deployment, "matter", listed, "lena")

    assert (receipt.hold.state, len(receipt.hold.subjects)) == (HoldState.IN_FORCE, 100_000)
    assert ("visits", held) in receipt.datasets[0].protected
    run(world)
    assert world.count("visits", "customer_id >= 4") == held
    assert world.count("visits", "customer_id < 4") == 3  # of the others the visits of 2023 went
    world.deployment.close()
