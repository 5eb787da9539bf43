"""A released hold on every database: it protects until the cool-down is over, and can be kept until then.

Customer 4 of the world has one due invoice of two, and one due visit of two. The rules have cooled down; it is
2026-08-02, 12:00 UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.hold import HoldState, SubjectKey
from retention.model.run import RunState, SealedRun
from retention.model.verdict import Verdict
from retention.runtime import holds
from retention.runtime.dispose import dispose
from retention.runtime.explain import explain
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.rule_changes import record_rules
from retention.runtime.run import run_dataset
from tests.databases.test_cool_downs import MONTH, quiet
from tests.world import AS_OF, SETTINGS, World, make_world

FOUR = SubjectKey(kind="customer", key="4")
THERE = (2, 2)
FREED = (1, 1)
UNTIL = datetime(2026, 9, 1, 12, tzinfo=UTC)  # thirty days later


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    world = make_world(any_database, tmp_path)
    _sets(world, MONTH)
    record_rules(world.deployment)
    world.clock.advance(days=31)
    return world


def _sets(world: World, settings: str) -> None:
    (world.folder / "rules" / "settings.yaml").write_text(settings, encoding="utf-8")
    world.deployment.close()
    world.deployment = world.reopened()


def _released(world: World, *, confirmed: bool = True) -> str:
    hold_id = holds.place(world.deployment, "matter 1", (FOUR,), "lena").hold.id
    holds.request_release(world.deployment, hold_id, "lena", "settled")
    if confirmed:
        holds.confirm_release(world.deployment, hold_id, "otto")
    return hold_id


def _state(world: World, hold_id: str) -> HoldState:
    return world.deployment.control.holds.record(hold_id).hold.state


def _run(world: World, name: str) -> SealedRun:
    sealed = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name, told=quiet)
    assert sealed.state is RunState.SEALED, sealed.problems
    return sealed


def _rows(world: World) -> tuple[int, int]:
    return world.count("invoices", "customer_id = 4"), world.count("visits", "customer_id = 4")


def test_a_confirmed_release_protects_until_the_cool_down_is_over(world: World) -> None:
    hold_id = _released(world)
    record = world.deployment.control.holds.record(hold_id)
    assert (record.hold.state, record.hold.protects_until) == (HoldState.RELEASE_CONFIRMED, UNTIL)
    _run(world, "at once")
    assert _rows(world) == THERE
    world.clock.time = UNTIL.replace(hour=11, minute=59, second=59)
    _run(world, "a second before")
    assert (_rows(world), _state(world, hold_id)) == (THERE, HoldState.RELEASE_CONFIRMED)
    world.clock.time = UNTIL
    _run(world, "over")
    assert (_rows(world), _state(world, hold_id)) == (FREED, HoldState.RELEASED)
    kinds = [entry.kind for entry in world.deployment.control.ledger.latest()]
    assert [kind for kind in kinds if kind.startswith("hold")] == [
        "hold_placed",
        "hold_in_force",
        "hold_release_requested",
        "hold_release_confirmed",
        "hold_released",
    ]


def test_a_plan_from_before_the_end_takes_nothing_that_was_held(world: World) -> None:
    """A release takes effect with a fresh plan."""
    _released(world)
    world.clock.time = UNTIL.replace(hour=11)
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="before")
    plan_run(world.deployment, handle.run_id)
    world.clock.time = UNTIL
    holds.retry_pending(world.deployment)
    for rule in ("shop.invoices", "shop.visits"):
        dispose(world.deployment, handle.run_id, rule)
    assert _rows(world) == THERE
    assert world.count("invoices") == 41, "of the others what was due has gone"


def test_what_else_is_held_stays_after_it(world: World) -> None:
    _released(world)
    holds.place(world.deployment, "matter 2", (FOUR,), "lena")
    world.clock.time = UNTIL
    _run(world, "over")
    assert _rows(world) == THERE


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_release_that_is_withdrawn_protects_on(world: World, confirmed: bool) -> None:
    hold_id = _released(world, confirmed=confirmed)
    kept = holds.withdraw_release(world.deployment, hold_id, "mara")
    assert (kept.state, kept.protects_until) == (HoldState.IN_FORCE, None)
    world.clock.time = UNTIL
    _run(world, "later")
    assert _rows(world) == THERE
    holds.request_release(world.deployment, hold_id, "mara", "settled after all")
    with pytest.raises(RetentionError, match="R362"):
        holds.confirm_release(world.deployment, hold_id, "mara")


def test_a_release_that_took_effect_cannot_be_withdrawn(world: World) -> None:
    hold_id = _released(world)
    world.clock.time = UNTIL
    holds.retry_pending(world.deployment)
    with pytest.raises(RetentionError, match="R363"):
        holds.withdraw_release(world.deployment, hold_id, "mara")


def _none_recorded(world: World) -> None:
    _sets(world, SETTINGS)


def _none_for_long(world: World) -> None:
    _sets(world, SETTINGS)
    record_rules(world.deployment)
    world.clock.advance(days=31)


@pytest.mark.parametrize(
    ("set_to", "state"),
    [
        (_none_recorded, HoldState.RELEASE_CONFIRMED),
        (_none_for_long, HoldState.RELEASED),
    ],
)
def test_a_shorter_cool_down_counts_once_the_longer_one_is_over(
    world: World, set_to: Callable[[World], None], state: HoldState
) -> None:
    set_to(world)
    assert _state(world, _released(world)) is state


def test_a_record_says_until_when_it_is_held(world: World) -> None:
    _released(world)
    visit = world.rows("SELECT min(id) FROM visits WHERE customer_id = 4")[0][0]
    found = explain(world.deployment, "shop.visits", str(visit), AS_OF)
    assert [one.protects_until for one in found.holds] == [UNTIL]
    assert found.next_change is not None
    assert (found.next_change.at, found.next_change.verdict) == (UNTIL, Verdict.DUE)
    assert [(one.kind, one.name, one.until) for one in found.between] == [("hold", "H-0001", UNTIL)]
