"""Whether rows, journal, marks, facts and what the control store says of a run agree, at any moment of it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, inspect, select

from retention.model.run import StepResult
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.rule_tables import RuleTables
from tests.databases.test_facts import BY_INVOICES, with_rules
from tests.world import SETTINGS, World, make_world

PEOPLE = 480
TABLES = ("customers", "memberships", "invoices", "invoice_lines", "visits")
EARLIER, LATER, KEPT = date(2018, 2, 1), date(2018, 6, 15), date(2022, 6, 15)  # days on which invoices were issued


def world_with_facts(url: str, folder: Path, *, people: int = PEOPLE) -> World:
    """Customers go eight years after their last invoice, invoices after six: every fourth customer is due, with both
    invoices, and the first invoice of everybody else."""
    folder.mkdir(exist_ok=True)
    world = make_world(url, folder, customers=people, rules=("customers", "invoices", "visits"))
    world.execute("UPDATE invoices SET issued_on = :day WHERE customer_id % 4 = 0 AND id % 2 = 1", day=EARLIER)
    world.deployment.close()
    with_rules(world, customers=BY_INVOICES)
    (folder / "rules" / "settings.yaml").write_text(SETTINGS + "batch_groups: 100\n", encoding="utf-8")
    world.deployment = world.reopened()
    return world


def rows_of(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the tables of the dataset."""
    return {table: sorted(world.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


class Agreement:
    """Looks at a world of ``world_with_facts`` by other means than the run's."""

    def __init__(self, world: World) -> None:
        self.world, self.people = world, world.count("customers")
        self.database = world.deployment.database("shop")
        with self.database.reading() as connection:
            live = LiveTables(reflect(connection, self.database), None)
        tables = RuleTables.of(world.deployment.rule("shop.customers"), live, self.database.dialect)
        assert tables.fact is not None
        self.marks, self.fact = tables.marks["customers"], tables.fact

    def holds(self, run_id: str) -> Counter[str]:
        """Fails where something does not agree; gives the groups that each rule has disposed of."""
        invoices = {number for (number,) in self.world.rows("SELECT id FROM invoices")}
        lines = self.world.rows("SELECT invoice_id FROM invoice_lines")
        assert Counter(number for (number,) in lines) == dict.fromkeys(invoices, 2), "a group is half gone"
        gone = {2 * one + which for one in range(1, self.people + 1) for which in (0, 1)} - invoices
        emails = dict(self.world.rows("SELECT id, email FROM customers"))
        changed = {one for one, email in emails.items() if email != f"person{one}@northgate.example"}
        with self.database.reading() as connection:
            journalled = self._journal(connection, run_id)
            assert self._keys(connection, self.marks) == changed, "rows and marks"
            assert self._facts(connection) == _facts_of(gone), "rows and facts"
        visits = 2 * self.people - self.world.count("visits")
        expected = {"shop.invoices": len(gone), "shop.visits": visits, "shop.customers": len(changed)}
        assert journalled == Counter(expected), "rows and journal"
        for step in self.world.deployment.control.runs.step_results(run_id):
            assert _groups(step) == journalled[step.rule_id], "journal and result"
            assert (step.unexplained, step.set_aside) == (0, 0)
        return journalled

    def contents(self) -> tuple[object, ...]:
        """Marks and facts, without what differs from run to run."""
        with self.database.reading() as connection:
            marks = connection.execute(select(self.marks).order_by(self.marks.c.k1)).mappings().all()
            facts = self._facts(connection)
        return [{name: value for name, value in mark.items() if name != "run_id"} for mark in marks], facts

    def _journal(self, connection: Connection, run_id: str) -> Counter[str]:
        """Each candidate is covered once, and in order."""
        journal = self.database.own.journal
        query = select(journal).where(journal.c.run_id == run_id).order_by(journal.c.rule_id, journal.c.seq)
        groups: Counter[str] = Counter()
        reached: dict[str, tuple[int, int]] = {}
        for row in connection.execute(query):
            seq, last = reached.get(row.rule_id, (0, 0))
            assert (row.seq, row.first) == (seq + 1, last + 1), "a batch is lost or came twice"
            reached[row.rule_id] = row.seq, row.last
            groups[row.rule_id] += row.groups
        return groups

    def _keys(self, connection: Connection, table: Table) -> set[int]:
        if not inspect(connection).has_table(table.name, schema=table.schema):
            return set()
        return {int(key) for key in connection.execute(select(table.c.k1)).scalars()}

    def _facts(self, connection: Connection) -> dict[int, date]:
        table, end = self.fact.table, self.fact.end.column
        if not inspect(connection).has_table(table.name, schema=table.schema):
            return {}
        return {int(row.k1): row[1] for row in connection.execute(select(table.c.k1, table.c[end]))}


def _facts_of(gone: set[int]) -> dict[int, date]:
    """The last day on which an invoice was issued that is gone: the first of a customer is the later one."""
    days: dict[int, date] = {}
    for number in sorted(gone, reverse=True):
        days[number // 2] = LATER if number % 2 == 0 else EARLIER
    return days


def _groups(step: StepResult) -> int:
    return step.deleted + step.pseudonymized
