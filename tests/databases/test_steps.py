"""What the model of the protocol says of the order of steps is what the product does, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retention.model.hold import SubjectKey
from retention.runtime import holds, stop
from retention.runtime.run import run_dataset
from tests.databases.test_runs import quiet
from tests.model.programs import BATCH, CATCH_UP, END, Protocol
from tests.steps import watched
from tests.world import AS_OF, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
LOOKS_AGAIN = ("last_of", "append")
BEHIND_THE_FENCE = ("wanted", "fence_exclusive")  # looked at before it, too: tables for what a condition captures


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    world = make_world(any_database, tmp_path, customers=8)
    yield world
    world.deployment.close()


def plain(steps: tuple[str, ...]) -> list[str]:
    """The model gives a step that comes twice two names."""
    double = {"settle all": "settle", "commit the stop": "commit the placing"}
    names = (double.get(step, step).removeprefix("batch's ").removesuffix(" again") for step in steps)
    return [name for name in names if name != END]


def placing(steps: list[str]) -> list[str]:
    """Without what follows a commit behind the fence, which the model has as one step, and without what is made ready
    before the fence: where the holds changed meanwhile, that is done again."""
    kept = [step for step in steps if step != "committed"]
    followed = zip(kept, [*kept[1:], END], strict=True)
    return [step for step, following in followed if (step, following) != BEHIND_THE_FENCE]


def without_others(steps: list[str]) -> list[str]:
    """The steps that the model has too. SQLite's fence is also its write lock: what is behind it and no batch is left
    out, as is the look for the last journal row right before the next one is written."""
    worker = plain(Protocol().program("worker")[len(CATCH_UP) :])
    known = [step for step in steps if step in worker]
    kept: list[str] = []
    in_batch = False
    for step in known:
        in_batch = in_batch or step == BATCH[0]
        if in_batch or step not in ("fence_shared", "commit the batch"):
            kept.append(step)
        in_batch = in_batch and step != "commit the batch"
    return [step for step, following in zip(kept, [*kept[1:], END], strict=True) if (step, following) != LOOKS_AGAIN]


def test_a_placing_goes_as_in_the_model(world: World) -> None:
    steps: list[str] = []
    with watched(steps.append):
        assert holds.place(world.deployment, "matter 1", (FOUR,), "lena").datasets[0].in_force
    assert placing(steps) == plain(Protocol().program("placer"))


def test_nothing_to_bring_needs_no_fence(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    steps: list[str] = []
    with watched(steps.append):
        holds.retry_pending(world.deployment)
    assert steps == [*CATCH_UP[: CATCH_UP.index("fence_exclusive")], "settle"]


def test_a_release_goes_as_in_the_model(world: World) -> None:
    holds.place(world.deployment, "matter 1", (FOUR,), "lena")
    steps: list[str] = []
    with watched(steps.append):
        holds.request_release(world.deployment, "H-0001", "lena", "settled")
        holds.confirm_release(world.deployment, "H-0001", "otto")
    assert placing(steps) == plain(Protocol().program("releaser"))


def test_the_stop_switch_goes_as_in_the_model(world: World) -> None:
    steps: list[str] = []
    with watched(steps.append):
        stop.stop(world.deployment, "lena", "something is wrong")
    assert placing(steps) == plain(Protocol().program("stopper"))


def test_a_run_and_its_batches_go_as_in_the_model(world: World) -> None:
    steps: list[str] = []
    with watched(steps.append):
        sealed = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="steps", told=quiet)
    assert sealed.problems == ()
    rules = [
        step
        for lacks in (
            {"lock_roots", "write_marks"},  # invoices: their rule reads no other row
            {"lock_roots", "write_marks", "write members"},  # visits
            {"write members"},  # customers, who are pseudonymized
        )
        for step in ("leased", "last_of", *(one for one in BATCH if one not in lacks), "release the lease", "save_step")
    ]
    assert without_others(steps[steps.index("leased") :]) == [*plain(tuple(rules)), "follow", "save_sealed"]
