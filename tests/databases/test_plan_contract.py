"""A plan is carried out as it was made, in time, and by no more than it says. Figures follow from how tests.world fills
its tables: 40 invoices of 2018 are due, with even numbers from 2; 3 is one of 2022, kept until the end of 2028."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.plan import Plan
from retention.model.run import RunState
from retention.runtime.dispose import dispose
from retention.runtime.plan_contract import with_digest
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.runtime.run import resume
from retention.runtime.seal import seal
from tests.databases.test_runs import quiet, run
from tests.world import AS_OF, SETTINGS, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path)


def planned(world: World, name: str = "one") -> Plan:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    return plan_run(world.deployment, handle.run_id)


def refused(world: World, run_id: str, code: str, rule_id: str = "shop.invoices") -> str:
    with pytest.raises(RetentionError) as raised:
        dispose(world.deployment, run_id, rule_id)
    assert [problem.code for problem in raised.value.problems] == [code]
    assert world.count("invoices") == 80, "nothing was written"
    return str(raised.value)


# -- the list of candidates --------------------------------------------------------------------------------------------

EDITS = {  # what somebody does to the list by hand, and how it is taken back
    "added": (
        "INSERT INTO {list} (run_id, seq, k1) VALUES (:run, 41, 3)",
        "DELETE FROM {list} WHERE seq = 41",
    ),
    "removed": (
        "UPDATE {list} SET run_id = 'elsewhere' WHERE seq = 40",
        "UPDATE {list} SET run_id = :run WHERE seq = 40",
    ),
    "exchanged": (
        "UPDATE {list} SET k1 = 3 WHERE seq = 2",
        "UPDATE {list} SET k1 = 4 WHERE seq = 2",
    ),
    "renumbered": (
        "UPDATE {list} SET k1 = 6 - k1 WHERE seq IN (1, 2)",
        "UPDATE {list} SET k1 = 6 - k1 WHERE seq IN (1, 2)",
    ),
    "with a gap": (
        "UPDATE {list} SET seq = 41 WHERE seq = 7",
        "UPDATE {list} SET seq = 7 WHERE seq = 41",
    ),
}


def test_a_list_that_was_changed_by_hand_is_refused(world: World) -> None:
    plan = planned(world)
    candidates = world.own("candidate__shop_invoices")
    assert world.rows(f"SELECT seq, k1 FROM {candidates} WHERE seq < 3 ORDER BY seq") == [(1, 2), (2, 4)]

    def edit(statement: str) -> None:
        values = {"run": plan.run_id} if ":run" in statement else {}
        world.execute(statement.format(list=candidates), **values)

    for done, undone in EDITS.values():
        edit(done)
        assert "start a new run" in refused(world, plan.run_id, "R415")
        edit(undone)
    world.execute(f"UPDATE {candidates} SET run_id = 'elsewhere'")
    refused(world, plan.run_id, "R429")
    world.execute(f"UPDATE {candidates} SET run_id = :run", run=plan.run_id)
    assert dispose(world.deployment, plan.run_id, "shop.invoices").deleted == 40, "the list is the planned one again"


# -- the plan in the control store -------------------------------------------------------------------------------------


def test_a_stored_plan_that_was_edited_is_refused(world: World) -> None:
    plan = planned(world)
    runs = world.deployment.control.runs
    invoices = next(step for step in plan.steps if step.rule_id == "shop.invoices")
    others = tuple(step for step in plan.steps if step is not invoices)
    for edited in (
        replace(plan, expires_at=plan.expires_at + timedelta(days=30)),
        replace(plan, as_of=datetime.fromisoformat("2029-07-01T00:00:00+00:00")),
        replace(plan, steps=(*others, replace(invoices, due=invoices.due - 1))),
        replace(plan, steps=(*others, replace(invoices, plan_only="asked for"))),
    ):
        runs.save_plan(plan.run_id, edited)
        refused(world, plan.run_id, "R414")
    sealed = seal(world.deployment, plan.run_id)
    assert sealed.state is RunState.FAILED
    assert any(problem.startswith(f"R414 run {plan.run_id}") for problem in sealed.problems)

    forged = replace(plan, steps=(*others, replace(invoices, due_digest="0" * 64)))
    runs.save_plan(plan.run_id, with_digest(forged))
    refused(world, plan.run_id, "R415")
    runs.save_plan(plan.run_id, plan)
    assert resume(world.deployment, plan.run_id, quiet).state is RunState.SEALED
    assert world.count("invoices") == 40


# -- it expires --------------------------------------------------------------------------------------------------------


def test_a_plan_is_carried_out_until_the_very_instant_at_which_it_expires(world: World) -> None:
    plan = planned(world)
    assert plan.expires_at == plan.made_at + timedelta(hours=24)
    world.clock.time = plan.expires_at + timedelta(microseconds=1)
    refused(world, plan.run_id, "R423")
    world.clock.time = plan.expires_at
    assert dispose(world.deployment, plan.run_id, "shop.invoices").deleted == 40


def test_a_run_that_was_begun_in_time_ends_at_the_expiry_and_does_not_go_on(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path, customers=240)
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS + "batch_groups: 100\n")
    world.deployment = world.reopened()
    plan = planned(world)

    def slow(done: int, total: int) -> None:
        assert (done, total) == (100, 240), "no further batch began"
        world.clock.time = plan.expires_at + timedelta(microseconds=1)

    with pytest.raises(RetentionError, match="R423"):
        dispose(world.deployment, plan.run_id, "shop.invoices", slow)
    assert world.count("invoices") == 480 - 100
    sealed = resume(world.deployment, plan.run_id, quiet)
    assert sealed.state is RunState.FAILED
    assert any("R423" in problem for problem in sealed.problems)
    assert world.count("invoices") == 480 - 100
    assert run(world, "the next one").problems == ()
    assert world.count("invoices") == 240


# -- it only shrinks ---------------------------------------------------------------------------------------------------


def test_what_falls_due_after_the_plan_is_not_touched(world: World) -> None:
    """3 and 5 fall due before anything is written; 4 is no longer due then, and 6 is gone."""
    plan = planned(world)
    world.execute("UPDATE invoices SET issued_on = '2018-06-15' WHERE id IN (3, 5)")
    world.execute("UPDATE invoices SET issued_on = '2025-06-15' WHERE id = 4")
    world.execute("DELETE FROM invoice_lines WHERE invoice_id = 6")
    world.execute("DELETE FROM invoices WHERE id = 6")
    done = dispose(world.deployment, plan.run_id, "shop.invoices")
    assert (done.deleted, dict(done.spared)) == (38, {"retained_by_law": 1, "vanished": 1})
    assert world.rows("SELECT id FROM invoices WHERE id < 8 ORDER BY id") == [(3,), (4,), (5,), (7,)]


def test_limits_that_are_lowered_after_the_plan_bind_it(world: World) -> None:
    plan = planned(world)
    settings = world.folder / "rules" / "settings.yaml"
    settings.write_text(SETTINGS.replace("{share: 1.0, groups: 1000000}", "{share: 0.1, groups: 39}"))
    world.deployment = world.reopened()
    refused(world, plan.run_id, "R430")
    settings.write_text(SETTINGS.replace("{share: 1.0, groups: 1000000}", "{share: 0.1, groups: 40}"))
    world.deployment = world.reopened()
    assert dispose(world.deployment, plan.run_id, "shop.invoices").deleted == 40
