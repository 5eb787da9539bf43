"""Holds on conditions, tables and datasets: what they freeze, how they stack, and how they come into running runs."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from retention.model.condition import Compare, Condition, Operator, Scalar
from retention.model.hold import Area, ConditionScope, DatasetScope, HoldState, SubjectKey, TableScope
from retention.model.plan import Plan
from retention.model.run import StepResult
from retention.model.verdict import Reason, Verdict
from retention.runtime import holds
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from tests.world import AS_OF, KEY, SETTINGS, FixedResolver, SetClock, World, make_world

RULES = ("shop.invoices", "shop.visits", "shop.customers")


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    world = make_world(any_database, tmp_path)
    yield world
    world.deployment.close()


def where(column: str, operator: Operator, *values: Scalar) -> Condition:
    return Compare(column=column, operator=operator, values=values)


def condition(table: str, tested: Condition) -> ConditionScope:
    return ConditionScope(dataset="shop", table=table, condition=tested)


BY_EMAIL = condition("visits", where("email", Operator.EQUALS, "person4@northgate.example"))
TO_CHANGE = "UPDATE visits SET email = 'other@northgate.example' WHERE customer_id = 4"


def table(name: str) -> TableScope:
    return TableScope(dataset="shop", table=name)


def place(world: World, *areas: Area) -> str:
    receipt = holds.place(world.deployment, "matter", (), "lena", areas)
    assert receipt.hold.state is HoldState.IN_FORCE
    return receipt.hold.id


def release(world: World, hold_id: str) -> None:
    holds.request_release(world.deployment, hold_id, "lena", "settled")
    holds.confirm_release(world.deployment, hold_id, "otto")


def planned(world: World, name: str = "one") -> Plan:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    return plan_run(world.deployment, handle.run_id)


def disposed_of(world: World, name: str = "one") -> dict[str, StepResult]:
    plan = planned(world, name)
    return {rule: dispose(world.deployment, plan.run_id, rule) for rule in RULES}


def counted(plan: Plan, rule: str, verdict: Verdict) -> int:
    return next(step for step in plan.steps if step.rule_id == rule).count(verdict)


def captured(world: World, name: str = "visits") -> int:
    return world.count(world.own(f"captured__{name}"))


# -- what they freeze --------------------------------------------------------------------------------------------------


def test_a_held_table_keeps_every_group_with_a_row_in_it(world: World) -> None:
    place(world, table("invoice_lines"))
    results = disposed_of(world)
    assert world.count("invoices") == 80
    assert world.count("invoice_lines") == 160
    assert results["shop.visits"].deleted == 40, "another table is not held"
    assert world.count("customers", "email LIKE '%@northgate.example'") == 40, "held invoices refer to these persons"


def test_a_held_dataset_keeps_everything(world: World) -> None:
    place(world, DatasetScope(dataset="shop"))
    results = disposed_of(world)
    assert {rule: result.deleted + result.pseudonymized for rule, result in results.items()} == dict.fromkeys(RULES, 0)
    assert counted(planned(world, "two"), "shop.visits", Verdict.HELD) == 80


def test_a_row_that_a_held_row_without_a_rule_refers_to_is_kept_since_nobody_knows_whom_that_is_about(
    world: World,
) -> None:
    place(world, condition("memberships", where("id", Operator.IN, 4, 8)))
    plan = planned(world)
    step = next(step for step in plan.steps if step.rule_id == "shop.customers")
    unknown = [tally.groups for tally in step.tallies if tally.reason is Reason.HOLD_UNKNOWN]
    assert unknown == [2]
    dispose(world.deployment, plan.run_id, "shop.customers")
    kept = world.rows("SELECT id FROM customers WHERE email LIKE '%@northgate.example' AND id % 4 = 0 ORDER BY id")
    assert kept == [(4,), (8,)]


# -- conditions capture ------------------------------------------------------------------------------------------------


def test_what_matched_once_stays_held_when_the_row_changes(world: World) -> None:
    place(world, BY_EMAIL)
    world.execute(TO_CHANGE)
    disposed_of(world)
    assert world.rows("SELECT id FROM visits WHERE id % 2 = 0") == [(8,)], "the others of 2023 were due"


def test_new_matches_join_when_a_plan_looks(world: World) -> None:
    place(world, BY_EMAIL)
    world.execute("UPDATE visits SET email = 'person4@northgate.example' WHERE id = 16")
    planned(world)
    world.execute("UPDATE visits SET email = 'person8@northgate.example' WHERE id = 16")
    disposed_of(world, "two")
    assert world.rows("SELECT id FROM visits WHERE id % 2 = 0 ORDER BY id") == [(8,), (16,)]
    assert captured(world) == 3, "visits 8, 9 and 16, each once"


def test_new_matches_join_when_a_batch_looks(world: World) -> None:
    place(world, BY_EMAIL)
    plan = planned(world)
    world.execute("UPDATE visits SET email = 'person4@northgate.example' WHERE id = 16")
    result = dispose(world.deployment, plan.run_id, "shop.visits")
    assert dict(result.spared) == {"held": 1}
    world.execute("UPDATE visits SET email = 'person8@northgate.example' WHERE id = 16")
    disposed_of(world, "two")
    assert world.rows("SELECT id FROM visits WHERE id % 2 = 0 ORDER BY id") == [(8,), (16,)]


def test_a_member_row_that_matches_freezes_its_group(world: World) -> None:
    place(world, condition("invoice_lines", where("invoice_id", Operator.EQUALS, 8)))
    world.execute("UPDATE invoice_lines SET amount = 0 WHERE invoice_id = 8")
    disposed_of(world)
    assert world.rows("SELECT id FROM invoices WHERE issued_on < '2020-01-01'") == [(8,)]
    assert world.count("invoice_lines", "invoice_id = 8") == 2


def test_a_condition_that_nobody_can_answer_keeps_the_row_and_says_why(world: World) -> None:
    world.execute("UPDATE visits SET email = NULL WHERE id IN (2, 4)")
    place(world, BY_EMAIL)
    plan = planned(world)
    step = next(step for step in plan.steps if step.rule_id == "shop.visits")
    tallies = {(tally.verdict, tally.reason): tally.groups for tally in step.tallies}
    assert tallies[Verdict.UNDETERMINED, Reason.HOLD_UNKNOWN] == 2
    assert tallies[Verdict.HELD, Reason.NONE] == 2
    disposed_of(world, "two")
    assert world.count("visits", "id IN (2, 4)") == 2


def test_a_condition_on_a_column_that_is_gone_keeps_every_row(world: World) -> None:
    place(world, condition("memberships", where("started_on", Operator.IS_NULL)))
    world.execute("ALTER TABLE memberships DROP COLUMN started_on")
    plan = planned(world)
    assert counted(plan, "shop.customers", Verdict.DUE) == 0
    assert counted(plan, "shop.customers", Verdict.UNDETERMINED) >= 10


# -- stacking and releasing --------------------------------------------------------------------------------------------


def test_of_two_holds_the_other_one_keeps_the_row(world: World) -> None:
    first = place(world, BY_EMAIL)
    second = place(world, table("visits"))
    third = holds.place(world.deployment, "matter", (SubjectKey(kind="customer", key="4"),), "lena").hold.id
    release(world, second)
    release(world, third)
    disposed_of(world)
    assert world.rows("SELECT id FROM visits WHERE id % 2 = 0") == [(8,)]
    release(world, first)
    disposed_of(world, "two")
    assert world.count("visits", "id = 8") == 0


def test_a_released_hold_forgets_what_it_captured_and_lets_go(world: World) -> None:
    first, second = place(world, BY_EMAIL), place(world, BY_EMAIL)
    assert captured(world) == 4
    release(world, first)
    assert captured(world) == 2
    world.execute(TO_CHANGE)
    release(world, second)
    assert captured(world) == 0
    disposed_of(world)
    assert world.count("visits", "id % 2 = 0") == 0


def test_a_hold_may_cover_persons_and_areas_at_once(world: World) -> None:
    areas = (BY_EMAIL, table("customers"))
    holds.place(world.deployment, "matter", (SubjectKey(kind="customer", key="8"),), "lena", areas)
    disposed_of(world)
    assert world.rows("SELECT id FROM visits WHERE id % 2 = 0 ORDER BY id") == [(8,), (16,)]
    assert world.count("invoices", "customer_id = 8") == 2
    assert world.count("customers", "email LIKE '%@northgate.example'") == 40


# -- against runs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "area", [BY_EMAIL, table("visits"), DatasetScope(dataset="shop")], ids=lambda area: type(area).__name__
)
def test_a_hold_that_comes_between_plan_and_batch_is_heeded(world: World, area: Area) -> None:
    plan = planned(world)
    assert counted(plan, "shop.visits", Verdict.DUE) == 40
    place(world, area)
    result = dispose(world.deployment, plan.run_id, "shop.visits")
    assert result.spared["held"] == (1 if area is BY_EMAIL else 40)
    assert world.count("visits", "id = 8") == 1


def _place_elsewhere(url: str, folder: Path, key: str) -> None:
    deployment = Deployment(folder / "rules", folder / "home", FixedResolver(url, key), SetClock())
    holds.place(deployment, "matter", (), "lena", (condition("visits", where("id", Operator.AT_LEAST, 2)),))
    deployment.close()


def test_a_hold_that_another_process_places_while_a_run_goes_on_stops_its_next_batch(
    any_database: str, tmp_path: Path
) -> None:
    world = make_world(any_database, tmp_path, customers=400)
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS + "batch_groups: 100\n")
    world.deployment = world.reopened()
    plan = planned(world)
    placed: list[int] = []

    def progress(done: int, total: int) -> None:
        if not placed:
            process = multiprocessing.get_context("spawn").Process(
                target=_place_elsewhere, args=(any_database, tmp_path, KEY)
            )
            process.start()
            process.join(60)
            assert process.exitcode == 0
            placed.append(done)

    result = dispose(world.deployment, plan.run_id, "shop.visits", progress)
    assert placed == [100]
    assert result.deleted == 100, "only what had gone before"
    assert dict(result.spared) == {"held": 300}
    assert world.count("visits", "id % 2 = 0") == 300
    world.deployment.close()
