"""The SQL of a handful of rules as text, for each database, without one.

After a change that is meant: RETENTION_WRITE_GOLDEN=1 pytest tests/sql_text, and review what changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Dialect as SqlDialect
from sqlalchemy import Select, make_url, select

from retention.model.alignment import Alignment, AlignTo
from retention.model.clause import Clause, Role
from retention.model.condition import Compare, Operator
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import ColumnUse, Member, Relationship, Rule, SubjectPath, ValueKind
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.model.starting_point import ColumnEvent, RelationshipEnd, StartingPoint, Stored, TimeColumn
from retention.sql.compiled_rule import RuleContext
from retention.sql.dialects import dialect_named, dialect_names
from retention.sql.live_tables import LiveTables
from retention.sql.own_tables import OwnTables
from retention.sql.rule_tables import RuleTables
from retention.sql.verdicts import CompiledRule

GOLDEN = Path(__file__).parent / "golden"
AS_OF = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
SQL_DIALECTS: dict[str, SqlDialect] = {
    name: make_url(f"{dialect_named(name).driver}://").get_dialect()() for name in dialect_names()
}
SPELLED = {
    "sqlite": "DATETIME",
    "postgresql": "TIMESTAMP WITH TIME ZONE",
    "mariadb": "TIMESTAMP(6) WITH TIME ZONE",  # as its catalog is read
}


def table(name: str, *, refers: dict[str, str] | None = None, **types: str) -> Table:
    keys = [
        ForeignKey(columns=(column,), table=far, referred_columns=("id",)) for column, far in (refers or {}).items()
    ]
    columns = tuple(Column(name=column, type=kind, nullable=column != "id") for column, kind in types.items())
    return Table(name=name, columns=columns, primary_key=("id",), foreign_keys=tuple(keys))


def schema(dialect: str) -> Schema:
    tables = (
        table("invoices", id="INTEGER", customer_id="INTEGER", issued_on="DATE", status="TEXT"),
        table("invoice_lines", id="INTEGER", invoice_id="INTEGER", refers={"invoice_id": "invoices"}),
        table("refunds", id="INTEGER", invoice_id="INTEGER", refers={"invoice_id": "invoices"}),
        table("accounts", id="INTEGER", email="TEXT"),
        table("memberships", id="INTEGER", account_id="INTEGER", ended_at=SPELLED[dialect]),
        table("visits", id="INTEGER", at="TEXT", seen_ms="BIGINT"),
    )
    return Schema(dialect=dialect, tables={one.name: one for one in tables})


def at(column: str, stored: Stored, **more: object) -> TimeColumn:
    return TimeColumn(column=column, stored=stored, **more)  # type: ignore[arg-type]


def invoices(make_rule: Callable[..., Rule], dialect: str) -> Rule:
    """A floor from the end of the calendar year, lines that go along, a person behind each row."""
    start = StartingPoint(
        event=ColumnEvent(at=at("issued_on", Stored.DATE, open_values=("9999-12-31",))),
        align=Alignment(to=AlignTo.CALENDAR_YEAR),
    )
    join = Join(columns=("invoice_id",), table="invoices", far_columns=("id",))
    return make_rule(
        table="invoices",
        members=(
            Member(table="invoice_lines", parent="invoices", join=join, columns=_uses("id"), primary_key=("id",)),
        ),
        subject=SubjectPath(kind="customer", key="customer_id"),
        condition=Compare(column="status", operator=Operator.NOT_EQUALS, values=("draft",)),
        clauses=(Clause(id="tax", role=Role.FLOOR, start=start, period=Period(years=6), basis=""),),
        zone="Europe/Berlin",
    )


def accounts(make_rule: Callable[..., Rule], dialect: str) -> Rule:
    """A purpose from the end of the last membership, with a window for coming back."""
    stored = at("ended_at", Stored.INSTANT)
    if dialect == "sqlite":
        stored = at("ended_at", Stored.DATETIME, stored_zone="America/Los_Angeles")
    purpose = Clause(
        id="contract", role=Role.PURPOSE, start=StartingPoint(event=RelationshipEnd()), period=Period(years=1), basis=""
    )
    return make_rule(
        table="accounts",
        subject=SubjectPath(kind="customer", key="id"),
        relationship=Relationship(
            join=Join(columns=("id",), table="memberships", far_columns=("account_id",)),
            end=stored,
            window=Period(months=6),
        ),
        clauses=(purpose,),
        zone="America/Los_Angeles",
    )


def visits(make_rule: Callable[..., Rule], dialect: str) -> Rule:
    """A ceiling on ISO text and a purpose on milliseconds."""

    def clause(name: str, role: Role, time: TimeColumn, period: Period) -> Clause:
        return Clause(id=name, role=role, start=StartingPoint(event=ColumnEvent(at=time)), period=period, basis="")

    return make_rule(
        table="visits",
        clauses=(
            clause("limit", Role.CEILING, at("at", Stored.ISO_UTC), Period(months=25)),
            clause("statistics", Role.PURPOSE, at("seen_ms", Stored.EPOCH_MS), Period(months=13)),
        ),
    )


def _uses(*columns: str) -> tuple[ColumnUse, ...]:
    return tuple(ColumnUse(column=column, kind=ValueKind.NONE) for column in columns)


def due(rule: Rule, dialect: str) -> Select[int]:
    live, ours = schema(dialect), dialect_named(dialect, "shop")
    tables = LiveTables(live, None)
    context = RuleContext(
        rule=rule,
        schema=live,
        tables=tables,
        own=OwnTables.of(ours),
        rule_tables=RuleTables.of(rule, tables, ours),
        dialect=ours,
        as_of=AS_OF,
        lead=Period(days=7),
        unclassified=False,
    )
    return select(context.root.c.id).where(CompiledRule(context).due)


def spelled(statement: Select[int], dialect: str) -> str:
    """One line for each part, then the bound values in order."""
    compiled = statement.compile(dialect=SQL_DIALECTS[dialect], compile_kwargs={"render_postcompile": True})
    lines = re.sub(r" (AND|OR|WHEN|ELSE) ", r"\n  \1 ", str(compiled))
    names = compiled.positiontup or list(compiled.params)
    values = [f"-- {compiled.params[name]!r}" for name in names]
    return "\n".join([*(line.rstrip() for line in lines.splitlines()), *values]) + "\n"


RULES = {"invoices": invoices, "accounts": accounts, "visits": visits}


@pytest.mark.parametrize("dialect", sorted(SQL_DIALECTS))
@pytest.mark.parametrize("name", sorted(RULES))
def test_what_is_due(make_rule: Callable[..., Rule], name: str, dialect: str) -> None:
    text = spelled(due(RULES[name](make_rule, dialect), dialect), dialect)
    golden = GOLDEN / f"{name}.{dialect}.sql"
    if os.environ.get("RETENTION_WRITE_GOLDEN") == "1":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", sorted(SQL_DIALECTS))
@pytest.mark.parametrize(
    ("name", "bare"),
    [("invoices", "invoices.issued_on <="), ("visits", "visits.seen_ms <"), ("accounts", "ended_at <")],
)
def test_a_period_is_a_comparison_of_the_bare_column_with_a_bound_value(
    make_rule: Callable[..., Rule], name: str, bare: str, dialect: str
) -> None:
    statement = due(RULES[name](make_rule, dialect), dialect)
    text = spelled(statement, dialect)
    assert re.search(rf"[( ](\w+\.)?{re.escape(bare.split('.')[-1])}=? ?(\?|%)", text), text
    assert "2026" not in text.split("\n--")[0], "no value stands in the statement"
