"""`explain` decides one record as the plan does, and shows its clauses and holds."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.hold import SubjectKey
from retention.runtime import holds
from retention.runtime.explain import explain
from retention.runtime.plan_run import preview
from retention.runtime.work_list import work_list
from tests.world import AS_OF, World, make_world


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> World:
    world = make_world(any_database, tmp_path, customers=8)
    holds.place(world.deployment, "case 17", (SubjectKey(kind="customer", key="4"),), "lena")
    return world


@pytest.mark.parametrize(("rule", "table"), [("shop.customers", "customers"), ("shop.invoices", "invoices")])
def test_every_record_gets_the_verdict_that_the_plan_counts(world: World, rule: str, table: str) -> None:
    step = next(step for step in preview(world.deployment, "shop", AS_OF).steps if step.rule_id == rule)
    counted = Counter({(tally.verdict, tally.reason): tally.groups for tally in step.tallies})
    keys = [str(row[0]) for row in world.rows(f"SELECT id FROM {table}")]
    explained = Counter(
        (found.verdict, found.reason) for found in (explain(world.deployment, rule, key, AS_OF) for key in keys)
    )
    assert explained == counted


def test_it_shows_how_the_last_day_comes_about(world: World) -> None:
    found = explain(world.deployment, "shop.invoices", "9", datetime(2026, 7, 1, tzinfo=UTC))
    (tax,) = found.clauses
    assert (tax.start, tax.align.value, tax.period, tax.kept_through) == (
        date(2022, 6, 15),
        "calendar_year",
        "P6Y",
        date(2028, 12, 31),
    )
    assert (tax.says, tax.basis, tax.starts_at) == ("keeps", "tax law, six years", "column issued_on")
    assert [(hold.id, hold.matter) for hold in found.holds] == [("H-0001", "case 17")]


def test_a_hold_is_named_and_what_is_not_there_is_refused(world: World) -> None:
    assert explain(world.deployment, "shop.customers", "8", AS_OF).holds == ()
    for key, code in (("900", "R307"), ("eight", "R305"), ("1,2", "R305")):
        with pytest.raises(RetentionError, match=code):
            explain(world.deployment, "shop.customers", key, AS_OF)
    with pytest.raises(RetentionError, match=r"R304.*shop\.customers"):
        explain(world.deployment, "shop.customer", "8", AS_OF)


def test_a_work_list_that_nothing_was_planned_for_is_empty(world: World) -> None:
    found = work_list(world.deployment, "shop")
    assert (found.items, found.unreadable) == ((), "")
