"""The protocol of docs/fence.md as a small model: every state that it can reach, and what each of its parts is for.

Nothing here runs the product. That the model's steps are the product's, in the same order, is shown by
tests/databases/test_steps.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.model.explore import Explorer, Scenario
from tests.model.programs import BATCH, CATCH_UP, Protocol
from tests.model.state import PENDING, World

ONE = {"placer a": ("H1", 0)}
TWO = {**ONE, "placer b": ("H2", 0)}
PLACED = Scenario(processes=("worker a", "placer a"), covers=ONE)
QUICK = {
    "a hold is placed": PLACED,
    "its placer never comes back": replace(PLACED, die_for_good=True),
    "in two datasets": replace(PLACED, datasets=2, groups=1),
    "two workers of one run": Scenario(processes=("worker a", "worker b"), rules=2),
    "and a hold": Scenario(processes=("worker a", "worker b", "placer a"), covers=ONE, groups=1, crashes=False),
    "two holds": Scenario(processes=("placer a", "placer b"), covers=TWO, groups=1),
    "a hold is released": Scenario(processes=("worker a", "releaser"), covers={"releaser": ("H0", 1)}),
    "another one meanwhile": Scenario(processes=("releaser", "placer a"), covers={**ONE, "releaser": ("H0", 0)}),
    "the stop switch": Scenario(processes=("worker a", "placer a", "stopper"), covers=ONE, groups=1),
    "a person comes back": Scenario(processes=("worker a", "placer a", "person"), covers={"placer a": ("H1", 1)}),
    "the dataset is restored": replace(PLACED, restore="dataset", crashes=False),
    "the control store is restored": replace(PLACED, restore="control", crashes=False),
    "and a hold is placed after it": Scenario(
        processes=("placer a", "placer b"), covers=TWO, restore="control", crashes=False
    ),
}
DEEP = {
    "two workers and a hold, with crashes": Scenario(processes=("worker a", "worker b", "placer a"), covers=ONE),
    "two holds, with crashes": Scenario(processes=("worker a", "placer a", "placer b"), covers=TWO, groups=1),
    "two datasets with a worker each": Scenario(
        processes=("worker a", "worker b", "placer a"), covers=ONE, datasets=2, groups=1
    ),
    "a release and a hold, with crashes": Scenario(
        processes=("worker a", "releaser", "placer a"), covers={**ONE, "releaser": ("H0", 1)}
    ),
    "the stop switch, more groups": Scenario(processes=("worker a", "placer a", "stopper"), covers=ONE, groups=3),
    "a restored control store, two holds": Scenario(
        processes=("worker a", "placer a", "placer b"), covers=TWO, restore="control", crashes=False, groups=1
    ),
}


@pytest.mark.parametrize("scenario", QUICK.values(), ids=QUICK)
def test_no_promise_is_broken_in_any_state(scenario: Scenario) -> None:
    explored = Explorer(scenario, Protocol()).explore()
    assert not explored.broken, f"\n{explored}"
    assert explored.states > 100


@pytest.mark.deep
@pytest.mark.parametrize("scenario", DEEP.values(), ids=DEEP)
def test_no_promise_is_broken_in_any_state_of_a_larger_world(scenario: Scenario) -> None:
    explored = Explorer(scenario, Protocol()).explore()
    assert not explored.broken, f"\n{explored}"


def _everything_is_over(world: World) -> bool:
    return len(world.control.sealed) == len(world.datasets) and all(
        hold.state != PENDING for hold in world.control.holds
    )


@pytest.mark.parametrize(
    "scenario",
    (QUICK["a hold is placed"], QUICK["its placer never comes back"], QUICK["two workers of one run"]),
    ids=("a hold is placed", "its placer never comes back", "two workers of one run"),
)
def test_from_every_state_the_run_can_end_and_the_hold_come_into_force(scenario: Scenario) -> None:
    explored = Explorer(scenario, Protocol()).explore(_everything_is_over)
    assert not explored.broken, f"\n{explored}"


# -- what each part is for ---------------------------------------------------------------------------------------------


def moved(order: tuple[str, ...], step: str, *, before: str) -> tuple[str, ...]:
    rest = without(order, step)
    at = rest.index(before)
    return (*rest[:at], step, *rest[at:])


def without(order: tuple[str, ...], *steps: str) -> tuple[str, ...]:
    assert set(steps) <= set(order)
    return tuple(step for step in order if step not in steps)


def split(order: tuple[str, ...], *, after: str) -> tuple[str, ...]:
    """A commit in the midst of the batch."""
    at = order.index(after) + 1
    return (*order[:at], "commit too early", *order[at:])


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """``says``: what is broken. ``steps``: of the counterexample, in this order."""

    protocol: Protocol
    scenario: Scenario
    says: str
    steps: tuple[str, ...]


IN_FORCE = "a row in the scope of hold H1 went, which is in force"
WAS_PENDING = "a batch began after hold H1 was said to be pending, and wrote"
DATASET_FIRST = ("fence_exclusive", "wanted", "epoch_here again", "bring_to", "commit the placing", "add", "settle all")
MUTATIONS = {
    "a batch decides before it takes the fence": Mutation(
        protocol=Protocol(batch=moved(BATCH, "fence_shared", before="record_originals")),
        scenario=PLACED,
        says=IN_FORCE,
        steps=("worker a: judge_anew", "placer a: commit the placing", "placer a: record_copy", "commit the batch"),
    ),
    "placing does not wait for batches": Mutation(
        protocol=Protocol(catch_up=without(CATCH_UP, "fence_exclusive")),
        scenario=PLACED,
        says=IN_FORCE,
        steps=("worker a: judge_anew", "placer a: commit the placing", "placer a: record_copy", "commit the batch"),
    ),
    "a batch does not compare the epochs": Mutation(
        protocol=Protocol(batch=without(BATCH, "batch's epoch", "batch's epoch_here")),
        scenario=PLACED,
        says=WAS_PENDING,
        steps=("worker a: pending", "placer a: add", "placer a: settle all", "worker a: fence_shared"),
    ),
    "nor after its dataset was restored": Mutation(
        protocol=Protocol(batch=without(BATCH, "pending", "batch's epoch", "batch's epoch_here")),
        scenario=replace(PLACED, restore="dataset", crashes=False),
        says=WAS_PENDING,
        steps=("placer a: settle all", "worker a: judge_anew"),
    ),
    "the epochs are compared before the fence": Mutation(
        protocol=Protocol(
            batch=moved(
                moved(BATCH, "batch's epoch_here", before="fence_shared"), "batch's epoch", before="batch's epoch_here"
            )
        ),
        scenario=PLACED,
        says=WAS_PENDING,
        steps=("worker a: batch's epoch", "placer a: add", "placer a: settle all", "worker a: fence_shared"),
    ),
    "one statement locks and decides": Mutation(
        protocol=Protocol(batch=moved(BATCH, "judge_anew", before="lock_roots")),
        scenario=QUICK["a person comes back"],
        says="the row of a person who had come back went",
        steps=("worker a: judge_anew", "person: insert", "person: commit the person", "worker a: lock_roots"),
    ),
    "the journal row has a transaction of its own": Mutation(
        protocol=Protocol(batch=split(BATCH, after="write_marks")),
        scenario=PLACED,
        says="a group went, and the journal does not say so",
        steps=("write_marks", "worker a: commit too early"),
    ),
    "members go in a transaction of their own": Mutation(
        protocol=Protocol(batch=split(BATCH, after="write members")),
        scenario=PLACED,
        says="a group is half gone",
        steps=("write members", "worker a: commit too early"),
    ),
    "the datasets come before the control store": Mutation(
        protocol=Protocol(placer=DATASET_FIRST),
        scenario=QUICK["in two datasets"],
        says="dataset 1: hold H1 is known, is not here, and the dataset does not refuse",
        steps=("placer a: fence_exclusive", "placer a: commit the placing"),
    ),
    "a batch does not look for the stop switch": Mutation(
        protocol=Protocol(batch=without(BATCH, "refuse_behind_stop")),
        scenario=QUICK["the stop switch"],
        says="a batch was written after the stop switch had been put there",
        steps=("worker a: refuse_when_stopped", "stopper: commit the stop", "worker a: fence_shared"),
    ),
    "a batch looks for the stop switch before the fence": Mutation(
        protocol=Protocol(batch=moved(BATCH, "refuse_behind_stop", before="fence_shared")),
        scenario=QUICK["the stop switch"],
        says="a batch was written after the stop switch had been put there",
        steps=("worker a: refuse_behind_stop", "stopper: commit the stop", "worker a: fence_shared"),
    ),
    "a worker does not look whether the rule is still its own": Mutation(
        protocol=Protocol(batch=without(BATCH, "renew")),
        scenario=QUICK["two workers of one run"],
        says="the journal covers candidates twice",
        steps=("worker a: leased", "worker b: leased", "commit the batch", "commit the batch"),
    ),
    "epochs are counted, so that a restored control store gives one twice": Mutation(
        protocol=Protocol(epochs_rise_with_time=False),
        scenario=QUICK["and a hold is placed after it"],
        says="hold H2 is known, is not here, and the dataset does not refuse",
        steps=("placer a: commit the placing", "the control store is taken back to the copy", "placer b: add"),
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_without_this_a_promise_is_broken(mutation: Mutation) -> None:
    explored = Explorer(mutation.scenario, mutation.protocol).explore()
    assert mutation.says in explored.broken, f"\n{explored}"
    lines = iter(explored.trace)
    for step in mutation.steps:
        assert any(step in line for line in lines), f"{step!r} does not come then:\n{explored}"
