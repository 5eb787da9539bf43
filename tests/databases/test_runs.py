"""Whole runs on every database: what goes, what stays, and that nothing goes twice. Figures are worked out by hand
from how tests.world fills its tables."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from retention.model.errors import RetentionError
from retention.model.hold import SubjectKey
from retention.model.plan import Plan
from retention.model.run import RunState, SealedRun
from retention.runtime import holds
from retention.runtime.dispose import dispose
from retention.runtime.plan_run import plan_run, preview
from retention.runtime.prepare import prepare
from retention.runtime.run import run_dataset
from retention.runtime.seal import seal
from retention.runtime.verify_run import verify_run
from retention.sql.disposal import Batches, BatchOutcome
from tests.world import AS_OF, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path)


def quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def run(world: World, name: str = "one", *, plan_only: bool = False, as_of: datetime = AS_OF) -> SealedRun:
    world.clock.advance(seconds=1)  # no two runs begin at once
    return run_dataset(world.deployment, "shop", as_of=as_of, plan_only=plan_only, external_id=name, told=quiet)


def verdicts(plan: Plan, rule_id: str) -> dict[str, int]:
    step = next(step for step in plan.steps if step.rule_id == rule_id)
    counted: Counter[str] = Counter()
    for tally in step.tallies:
        counted[tally.verdict.value] += tally.groups
    assert sum(counted.values()) == step.examined
    return dict(counted)


def test_a_run_disposes_of_what_is_due_and_of_nothing_else(world: World) -> None:
    receipt = holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="4"),), "lena")
    assert receipt.datasets[0].in_force
    held_before = world.rows("SELECT email, full_name, phone, city FROM customers WHERE id = 4")

    sealed = run(world)

    assert sealed.problems == ()
    assert sealed.state is RunState.SEALED
    assert verdicts(sealed.plan, "shop.customers") == {
        "due": 9,
        "held": 1,
        "retained": 10,
        "active": 10,
        "undetermined": 10,
    }
    assert verdicts(sealed.plan, "shop.invoices") == {"due": 39, "held": 2, "retained_by_law": 39}
    assert verdicts(sealed.plan, "shop.visits") == {"due": 39, "held": 2, "retained": 39}
    assert world.count("invoices") == 41
    assert world.count("invoice_lines") == 82
    assert world.count("visits") == 41
    assert world.count("customers") == 40
    assert world.count("customers", "email LIKE '%@northgate.example'") == 31
    assert world.rows("SELECT email, full_name, phone, city FROM customers WHERE id = 4") == held_before
    assert world.count("invoices", "customer_id = 4") == 2


def test_a_second_run_finds_nothing_left(world: World) -> None:
    run(world)
    before = world.rows("SELECT * FROM customers ORDER BY id")
    again = run(world, "two")
    assert again.state is RunState.SEALED
    assert [step.deleted + step.pseudonymized for step in again.steps] == [0, 0, 0]
    assert [step.due for step in again.plan.steps] == [0, 0, 0]
    assert world.rows("SELECT * FROM customers ORDER BY id") == before


def test_a_plan_only_run_writes_nothing(world: World) -> None:
    sealed = run(world, plan_only=True)
    assert sealed.state is RunState.SEALED
    assert {step.plan_only for step in sealed.steps} == {"a plan only was asked for"}
    assert world.count("invoices") == 80
    assert world.count("customers", "email LIKE '%@northgate.example'") == 40
    # and what was planned only is still found by the next run
    assert run(world, "two").steps[0].planned > 0
    assert world.count("invoices") == 40


def test_a_preview_decides_as_the_run_does_and_may_look_into_the_future(world: World) -> None:
    seen = preview(world.deployment, "shop", AS_OF)
    later = preview(world.deployment, "shop", datetime(2029, 7, 1, tzinfo=UTC))
    done = run(world).plan
    assert [(s.rule_id, s.tallies, s.due_digest) for s in seen.steps] == [
        (s.rule_id, s.tallies, s.due_digest) for s in done.steps
    ]
    assert verdicts(later, "shop.invoices") == {"due": 80}, "2022 is kept through 2028-12-31"


def test_a_run_that_writes_refuses_the_future(world: World) -> None:
    with pytest.raises(RetentionError, match="R410"):
        run(world, as_of=datetime(2999, 1, 1, tzinfo=UTC))


def test_preparing_twice_gives_the_same_run(world: World) -> None:
    first = prepare(world.deployment, "shop", as_of=None, plan_only=False, external_id="same")
    world.clock.advance(hours=1)
    assert prepare(world.deployment, "shop", as_of=None, plan_only=False, external_id="same") == first


def test_an_expired_plan_says_to_start_a_new_run(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="late")
    plan_run(world.deployment, handle.run_id)
    world.clock.advance(hours=25)
    with pytest.raises(RetentionError, match=r"R423.*\n.*start a new run"):
        dispose(world.deployment, handle.run_id, "shop.invoices")
    assert world.count("invoices") == 80


def test_disposing_again_changes_nothing(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="again")
    plan_run(world.deployment, handle.run_id)
    first = dispose(world.deployment, handle.run_id, "shop.invoices")
    assert dispose(world.deployment, handle.run_id, "shop.invoices") == first
    assert first.rows == {"invoices": 40, "invoice_lines": 80}


def test_a_person_who_returned_after_the_plan_is_kept(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="return")
    plan_run(world.deployment, handle.run_id)
    world.execute("INSERT INTO memberships (id, customer_id, started_on) VALUES (900, 8, '2026-07-01')")
    result = dispose(world.deployment, handle.run_id, "shop.customers")
    assert (result.planned, result.pseudonymized, dict(result.spared)) == (10, 9, {"active": 1})
    assert result.unexplained == 0
    assert world.rows("SELECT email FROM customers WHERE id = 8") == [("person8@northgate.example",)]


def test_a_mark_counts_only_while_the_row_holds_what_was_written(world: World) -> None:
    run(world)
    pseudonym = world.rows("SELECT full_name FROM customers WHERE id = 8")
    world.execute("UPDATE customers SET full_name = 'Back Again' WHERE id = 8")
    swept = run(world, "two", as_of=AS_OF + timedelta(days=8))
    assert {step.rule_id: step.pseudonymized for step in swept.steps}["shop.customers"] == 1
    assert world.rows("SELECT full_name FROM customers WHERE id = 8") == pseudonym


def test_a_run_that_says_it_deleted_and_did_not_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Batches, "_delete", lambda *_: {"visits": 40})
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert any("nothing due is left" in problem and "visits" in problem for problem in sealed.problems), sealed.problems


def test_limits_refuse_the_rule_and_hide_no_other(world: World) -> None:
    settings = world.folder / "rules" / "settings.yaml"
    settings.write_text("version: 1\nlimits: {share: 0.1, groups: 20}\ncool_down: P0D\nfirst_run_is_plan_only: false\n")
    world.deployment = world.reopened()
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert world.count("invoices") == 80, "40 are due, 20 allowed"
    assert world.count("customers", "email LIKE '%@northgate.example'") == 30, "10 are due"
    assert any("R430" in problem for problem in sealed.problems)


def test_the_first_run_of_a_rule_is_a_plan_only(world: World) -> None:
    settings = world.folder / "rules" / "settings.yaml"
    settings.write_text("version: 1\nlimits: {share: 1.0, groups: 20}\ncool_down: P0D\n")
    world.deployment = world.reopened()
    assert all("first run" in step.plan_only for step in run(world).steps)
    assert world.count("invoices") == 80
    assert not any(step.plan_only for step in run(world, "two").steps)
    assert world.count("invoices") == 40


def test_a_failed_run_does_not_take_its_list_for_vanished_once_a_later_run_replaced_it(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="first")
    plan_run(world.deployment, handle.run_id)
    world.deployment.control.runs.set_state(handle.run_id, RunState.FAILED)
    assert run(world, "second").state is RunState.SEALED
    with pytest.raises(RetentionError, match="R429"):
        dispose(world.deployment, handle.run_id, "shop.invoices")


def test_planning_another_run_leaves_the_list_of_one_that_is_under_way(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="first")
    plan_run(world.deployment, handle.run_id)
    other = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="second")
    plan_run(world.deployment, other.run_id)
    assert dispose(world.deployment, handle.run_id, "shop.invoices").deleted == 40


def test_what_a_released_hold_frees_is_found_after_a_plan_that_nobody_carried_out(world: World) -> None:
    hold = holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="4"),), "lena").hold
    run(world)
    assert world.count("invoices", "customer_id = 4") == 2
    holds.request_release(world.deployment, hold.id, "lena", "settled")
    holds.confirm_release(world.deployment, hold.id, "omar")
    run(world, "two", plan_only=True)
    sealed = run(world, "three")
    assert {step.rule_id: step.deleted + step.pseudonymized for step in sealed.steps} == {
        "shop.customers": 1,
        "shop.invoices": 1,
        "shop.visits": 1,
    }
    assert world.count("invoices", "customer_id = 4") == 1, "the other one is kept by law"


def test_a_database_error_under_one_rule_hides_no_other_and_says_no_value(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Batches.run

    def fails(self: Batches, connection: Connection, first: int, last: int) -> BatchOutcome:
        if self.compiled.context.rule.id == "shop.invoices":
            raise OperationalError("DELETE", {}, Exception("Person Number1"))
        return real(self, connection, first, last)

    monkeypatch.setattr(Batches, "run", fails)
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert world.count("invoices") == 80
    assert world.count("visits") == 40
    told = "\n".join(sealed.problems)
    assert "R399 rule shop.invoices" in told
    assert "Number1" not in told


def test_a_verification_from_before_a_later_write_does_not_count(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="early")
    plan_run(world.deployment, handle.run_id)
    dispose(world.deployment, handle.run_id, "shop.customers")
    verify_run(world.deployment, handle.run_id)
    dispose(world.deployment, handle.run_id, "shop.invoices")
    dispose(world.deployment, handle.run_id, "shop.visits")
    sealed = seal(world.deployment, handle.run_id)
    assert sealed.state is RunState.FAILED
    assert any("nothing was verified" in problem for problem in sealed.problems)


def test_a_run_as_of_an_earlier_day_takes_nothing_off_the_list_for_good(world: World) -> None:
    hold = holds.place(world.deployment, "matter 1", (SubjectKey(kind="customer", key="4"),), "lena").hold
    run(world)
    run(world, "earlier", as_of=datetime(2019, 1, 1, tzinfo=UTC))
    holds.request_release(world.deployment, hold.id, "lena", "settled")
    holds.confirm_release(world.deployment, hold.id, "omar")
    run(world, "later")
    assert world.count("invoices", "customer_id = 4") == 1
