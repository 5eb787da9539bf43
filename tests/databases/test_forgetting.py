"""What a run kept to be verified by is forgotten once nothing needs it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.run import CheckOutcome, RunState
from retention.runtime import seal as sealing
from retention.runtime.dispose import dispose
from retention.runtime.prepare import prepare
from retention.runtime.run import resume
from retention.runtime.seal import seal
from retention.runtime.verify_run import verify_run
from retention.runtime.verify_sealed import verify_sealed
from tests.databases.test_plan_contract import planned
from tests.databases.test_runs import quiet, run
from tests.world import AS_OF, SETTINGS, World, make_world

LISTS = ("candidate__shop_invoices", "candidate__shop_customers", "candidate__shop_visits")


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path)


def kept(world: World) -> tuple[int, bool]:
    """Rows of lists and digests, and whether there are any digests of originals among them."""
    originals = world.count(world.own("residue_digest"))
    return originals + sum(world.count(world.own(name)) for name in LISTS), bool(originals)


def test_keys_and_digests_are_forgotten_when_the_run_is_sealed(world: World) -> None:
    plan = planned(world)
    for step in plan.steps:
        dispose(world.deployment, plan.run_id, step.rule_id)
    rows, originals = kept(world)
    assert rows > 90 and originals, "10 customers, 40 invoices, 40 visits are listed"
    verify_run(world.deployment, plan.run_id)
    assert seal(world.deployment, plan.run_id).state is RunState.SEALED
    assert kept(world) == (0, False)
    assert world.deployment.control.runs.run_secret(plan.run_id) is None

    again = verify_sealed(world.deployment, plan.run_id)
    assert again.passed and again.untold
    world.execute("UPDATE customers SET city = 'Elsewhere' WHERE id = 4")
    assert not verify_sealed(world.deployment, plan.run_id).passed, "what is wrong is still found"


def test_a_crash_between_sealing_and_forgetting_is_made_good(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "forget_what_is_over", dies)
        with pytest.raises(KeyboardInterrupt):
            run(world)
    (record,) = world.deployment.control.runs.runs_of("shop")
    assert record.state is RunState.SEALED and kept(world)[1]
    assert resume(world.deployment, record.handle.run_id, quiet).state is RunState.SEALED
    assert kept(world) == (0, False)


def test_what_a_run_that_was_never_sealed_kept_has_a_deadline(world: World) -> None:
    plan = planned(world)
    dispose(world.deployment, plan.run_id, "shop.customers")
    begun = world.clock.time
    before = kept(world)
    world.clock.time = begun + timedelta(days=14)
    prepare(world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="in time")
    assert kept(world) == before
    world.clock.time = begun + timedelta(days=14, microseconds=1)
    prepare(world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="late")
    assert kept(world) == (0, False)

    outcomes = {
        check.outcome for check in verify_run(world.deployment, plan.run_id).checks if "originals" in check.name
    }
    assert outcomes == {CheckOutcome.COULD_NOT_TELL}
    assert seal(world.deployment, plan.run_id).state is RunState.FAILED
    with pytest.raises(RetentionError, match="R423"):
        dispose(world.deployment, plan.run_id, "shop.invoices")


def test_the_deadline_is_a_setting_and_a_plan_that_still_binds_keeps_its_list(world: World) -> None:
    settings = world.folder / "rules" / "settings.yaml"
    settings.write_text(SETTINGS + "originals_lifetime_days: 1\nplan_lifetime_minutes: 4320\n")
    world.deployment = world.reopened()
    plan = planned(world)
    dispose(world.deployment, plan.run_id, "shop.customers")
    world.clock.advance(days=2)
    prepare(world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="meanwhile")
    assert dispose(world.deployment, plan.run_id, "shop.invoices").deleted == 40
    world.clock.advance(days=2)
    assert kept(world)[1]
    run(world, "later")
    assert kept(world) == (0, False)
