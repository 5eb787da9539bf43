"""What a rule finds in rows that another rule deletes lives on as a fact: to the day, and in the same transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select

from retention.model.run import RunState
from retention.runtime.plan_run import preview
from retention.sql.disposal import Batches
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.rule_tables import FactTable, RuleTables
from tests.databases.test_runs import run, verdicts
from tests.world import AS_OF, RULES, SETTINGS, World, make_world

LAST = date(2018, 9, 10)  # of everybody's invoices; both are free to go in 2025
BY_INVOICES = (
    RULES["customers"]
    .replace("{table: memberships, end: ended_on, window: P6M}", "{table: invoices, end: issued_on}")
    .replace("period: P1Y", "period: P8Y")
)
MEMBERSHIPS = """\
version: 1
id: shop.memberships
title: Memberships
dataset: shop
cluster: customer account
table: memberships
subject: {kind: customer, key: customer_id}
purposes:
  - {id: statistics, start: started_on, period: P5Y, basis: "GDPR 6(1)(f)"}
disposition: delete
columns: {id: key, customer_id: key, started_on: date, ended_on: date}
"""


def with_rules(world: World, **rules: str) -> World:
    for name, rule in rules.items():
        (world.folder / "rules" / "rules" / "shop" / f"{name}.yaml").write_text(rule, encoding="utf-8")
    settings = SETTINGS + "full_sweep_every_days: 0\n"  # rows that come late are found by the next run
    (world.folder / "rules" / "settings.yaml").write_text(settings, encoding="utf-8")
    world.deployment = world.reopened()
    return world


@pytest.fixture
def chinook(any_database: str, tmp_path: Path) -> World:
    """Customers live until eight years after their last invoice; invoices go after six years."""
    world = make_world(any_database, tmp_path, customers=8, rules=("customers", "invoices"))
    world.execute("UPDATE invoices SET issued_on = :last WHERE id % 2 = 1", last=LAST)
    return with_rules(world, customers=BY_INVOICES)


def facts(world: World) -> dict[int, object]:
    """By customer, read by other means than the decision's."""
    database = world.deployment.database("shop")
    with database.reading() as connection:
        fact = _table(world, connection)
        if not inspect(connection).has_table(fact.table.name, schema=fact.table.schema):
            return {}
        rows = connection.execute(select(fact.table.c.k1, fact.table.c[fact.end.column])).all()
    return {int(customer): end for customer, end in rows}


def _table(world: World, connection: Connection) -> FactTable:
    database = world.deployment.database("shop")
    tables = LiveTables(reflect(connection, database), None)
    fact = RuleTables.of(world.deployment.rule("shop.customers"), tables, database.dialect).fact
    assert fact is not None
    return fact


def verdicts_on(world: World, day: date) -> dict[str, int]:
    as_of = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return verdicts(preview(world.deployment, "shop", as_of), "shop.customers")


def test_customers_outlive_their_invoices_to_the_day(chinook: World) -> None:
    sealed = run(chinook)

    assert sealed.problems == ()
    assert chinook.count("invoices") == 0
    assert facts(chinook) == dict.fromkeys(range(1, 9), LAST)
    step = next(step for step in sealed.steps if step.rule_id == "shop.invoices")
    assert step.rows["facts of shop.customers"] == 8
    assert verdicts_on(chinook, date(2026, 9, 10)) == {"retained": 8}
    assert verdicts_on(chinook, date(2026, 9, 11)) == {"due": 8}


def test_who_comes_back_is_judged_by_the_later_of_row_and_fact(chinook: World) -> None:
    run(chinook)
    chinook.execute("INSERT INTO invoices (id, customer_id, issued_on) VALUES (100, 1, :day)", day=date(2024, 1, 1))
    chinook.execute("INSERT INTO invoices (id, customer_id, issued_on) VALUES (101, 2, :day)", day=date(2017, 1, 1))

    assert verdicts_on(chinook, date(2026, 9, 11)) == {"retained": 1, "due": 7}
    run(chinook, "two")
    assert chinook.count("invoices") == 1
    assert facts(chinook) == dict.fromkeys(range(1, 9), LAST), "a late, older invoice moved a date back"


def test_a_later_end_moves_the_fact_on(chinook: World) -> None:
    run(chinook)
    chinook.execute("INSERT INTO invoices (id, customer_id, issued_on) VALUES (100, 1, :day)", day=date(2019, 3, 1))

    run(chinook, "two")

    assert facts(chinook) == {**dict.fromkeys(range(1, 9), LAST), 1: date(2019, 3, 1)}


def test_fact_and_deletion_are_one_transaction(chinook: World, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = Batches._delete

    def killed(self: Batches, connection: Connection) -> dict[str, int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batches, "_delete", killed)
    with pytest.raises(KeyboardInterrupt):
        run(chinook)
    assert facts(chinook) == {}
    assert chinook.count("invoices") == 16

    monkeypatch.setattr(Batches, "_delete", delete)
    chinook.clock.advance(hours=1)
    assert run(chinook).state is RunState.SEALED
    assert facts(chinook) == dict.fromkeys(range(1, 9), LAST)


@pytest.fixture
def members(any_database: str, tmp_path: Path) -> World:
    """Memberships go five years after they began, be they over or not."""
    world = make_world(any_database, tmp_path, customers=8, rules=("customers",))
    world.execute("DELETE FROM visits")  # they hold the addresses of people, and no rule speaks for them here
    return with_rules(world, memberships=MEMBERSHIPS)


def test_an_end_that_had_not_come_is_unknown_for_ever(members: World) -> None:
    before = verdicts_on(members, AS_OF.date())
    sealed = run(members)

    assert sealed.problems == ()
    assert before == {"due": 2, "retained": 2, "active": 2, "undetermined": 2}
    assert members.count("memberships") == 0
    left, gone, active = date(2026, 3, 31), date(2020, 5, 31), None
    assert facts(members) == {1: left, 5: left, 4: gone, 8: gone, 2: active, 6: active}
    after = verdicts_on(members, AS_OF.date())
    assert after == {"pseudonymized": 2, "retained": 2, "undetermined": 4}


def test_facts_go_with_the_record_that_they_are_about(members: World) -> None:
    for table in ("invoice_lines", "invoices"):
        members.execute(f"DELETE FROM {table}")
    uses = RULES["customers"].split("columns:")[0].replace("disposition: pseudonymize", "disposition: delete")
    kinds = "columns: {id: key, email: email, full_name: name, phone: phone, city: city, registered_on: date}\n"
    with_rules(members, customers=uses + kinds)

    sealed = run(members)

    assert sealed.problems == ()
    assert members.rows("SELECT id FROM customers ORDER BY id") == [(1,), (2,), (3,), (5,), (6,), (7,)]
    assert sorted(facts(members)) == [1, 2, 5, 6]
