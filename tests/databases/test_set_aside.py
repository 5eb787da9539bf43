"""Groups that the database refuses to write are set aside, whatever kind of error it is; the rest of the rule goes on.

Of the 40 invoices of 2018 (even numbers from 2 to 80) two are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from retention.model.errors import TransientError
from retention.model.run import RunState
from retention.runtime import batches
from retention.runtime.dispose import dispose
from tests.databases.test_plan_contract import planned
from tests.databases.test_runs import run
from tests.databases.triggers import OUT_OF_RANGE, RAISES, WRONG, before, gone
from tests.world import World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    return make_world(any_database, tmp_path, rules=["invoices"])


def test_what_a_trigger_refuses_is_set_aside_by_the_kind_of_its_error(world: World) -> None:
    before(world, "DELETE", "invoices", "{row}.id = 20", RAISES, "raises")
    before(world, "DELETE", "invoices", "{row}.id = 40", OUT_OF_RANGE, "out_of_range")
    sealed = run(world)
    assert sealed.state is RunState.FAILED
    assert "refused to write 2 groups" in sealed.problems[0]
    (step,) = sealed.steps
    assert (step.deleted, step.set_aside, step.unexplained) == (38, 2, 0)
    assert world.rows("SELECT id FROM invoices WHERE id % 2 = 0 ORDER BY id") == [(20,), (40,)]
    assert world.count("invoice_lines", "invoice_id IN (20, 40)") == 4, "a group stays whole"
    aside = world.rows(f"SELECT seq, reason FROM {world.own('set_aside')} ORDER BY seq")
    assert [number for number, _ in aside] == [10, 20]
    told = " ".join([*sealed.problems, *(str(reason) for _, reason in aside)])
    assert "Number10" not in told
    assert "refused to write 2 groups" in told

    gone(world, "invoices", "raises")
    gone(world, "invoices", "out_of_range")
    again = run(world, "two")
    assert (again.state, again.steps[0].deleted) == (RunState.SEALED, 2)


def test_a_trigger_that_is_wrong_is_about_no_row_and_fails_the_rule(world: World) -> None:
    before(world, "DELETE", "invoices", "{row}.id = 20", WRONG)
    plan = planned(world)
    with pytest.raises(TransientError, match="R399"):
        dispose(world.deployment, plan.run_id, "shop.invoices")
    assert world.count(world.own("set_aside")) == 0
    assert world.count("invoices") == 80


def test_what_is_refused_for_every_row_fails_the_rule_before_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_ASIDE", 3)
    before(world, "DELETE", "invoices", "{row}.id > 10", RAISES)
    plan = planned(world)
    with pytest.raises(TransientError, match="R399") as raised:
        dispose(world.deployment, plan.run_id, "shop.invoices")
    assert "Number10" not in str(raised.value)
    assert world.count(world.own("set_aside")) == 3
    assert world.count("invoices") == 75, "2 to 10 went before"
