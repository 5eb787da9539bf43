"""A database that fails while one rule is planned: that rule is refused, and the plan of the others stands."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from retention.model.run import RunState
from retention.runtime import prepare as prepare_module
from retention.runtime.clock import SystemClock
from retention.runtime.deployment import Deployment
from retention.runtime.plan_run import preview
from retention.runtime.run import run_dataset
from retention.sql import examination
from tests.databases.test_plan_contract import planned
from tests.databases.test_runs import quiet, run
from tests.databases.triggers import RAISES, before, gone
from tests.world import AS_OF, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path)


def test_an_error_under_one_rule_refuses_that_rule_alone(world: World) -> None:
    preview(world.deployment, "shop", AS_OF)  # makes our own tables
    candidates = world.own("candidate__shop_invoices")
    before(world, "INSERT", candidates, "{row}.k1 = 20", RAISES)
    failed = run(world)
    refusals = {step.rule_id: step.refusal for step in failed.plan.steps if step.refusal}
    assert list(refusals) == ["shop.invoices"]
    problem = refusals["shop.invoices"]
    assert (problem.code, problem.where) == ("R399", "rule shop.invoices")
    assert "Number10" not in str(failed.problems)
    assert [problem.startswith("rule shop.invoices failed: R399") for problem in failed.problems] == [True]
    assert failed.state is RunState.FAILED
    done = {step.rule_id: step.deleted + step.pseudonymized for step in failed.steps}
    assert done == {"shop.customers": 10, "shop.visits": 40}
    assert (world.count("invoices"), world.count(candidates)) == (80, 0)

    gone(world, candidates)
    again = run(world, "two")
    assert (again.state, world.count("invoices")) == (RunState.SEALED, 40)


def test_the_others_see_the_state_that_the_plan_began_with(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else can write to a database that has one writer while a plan is made. On one that is looked at once for
    each rule, the others see what was committed before their turn."""
    real, failed = examination.census, list[str]()
    dialect = world.deployment.database("shop").dialect

    def census(connection: Connection, examined: Any) -> Any:
        tallies = real(connection, examined)
        if not failed:
            failed.append(examined.compiled.context.rule.id)
            if not (dialect.one_writer or dialect.one_look):
                world.execute("UPDATE visits SET seen_on = '2019-01-01'")
                world.execute("UPDATE invoices SET issued_on = '2010-01-01'")
            connection.execute(text("SELECT nothing FROM nowhere"))
        return tallies

    monkeypatch.setattr(examination, "census", census)
    steps = {step.rule_id: step for step in planned(world).steps}
    assert len(failed) == 1 and steps[failed[0]].refusal is not None
    due = {"shop.customers": 10, "shop.invoices": 40, "shop.visits": 40}
    del due[failed[0]]
    assert {rule_id: step.due for rule_id, step in steps.items() if step.refusal is None} == due


def test_a_lost_connection_is_about_no_rule(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def census(connection: Connection, examined: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("gone"), connection_invalidated=True)

    monkeypatch.setattr(examination, "census", census)
    with pytest.raises(OperationalError):
        run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="lost", told=quiet)
    assert world.deployment.control.runs.runs_of("shop")[0].state is RunState.PREPARED


def test_a_run_of_now_is_no_run_of_the_future(
    tmp_path: Path, sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes to get ready, and whatever second has begun meanwhile."""
    world = make_world(sqlite_database, tmp_path, customers=4)
    monkeypatch.setattr(prepare_module, "catch_up", lambda *_: time.sleep(1.1))
    deployment = Deployment(tmp_path / "rules", tmp_path / "home", world.deployment.resolver, SystemClock())
    handle = prepare_module.prepare(deployment, "shop", as_of=None, plan_only=False, external_id="now")
    assert handle.as_of <= datetime.now(UTC)
