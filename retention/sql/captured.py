"""Captured rows: what matched a hold's condition once stays held, by its key, whatever becomes of the row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Index,
    MetaData,
    String,
    Table,
    delete,
    exists,
    insert,
    inspect,
    literal,
    null,
    select,
)

from retention.model.condition import columns_of
from retention.model.errors import refuse
from retention.model.hold import ConditionScope
from retention.model.schema import Schema
from retention.sql.conditions import certainly, condition_sql
from retention.sql.dialects.base import Dialect
from retention.sql.holds import areas_here
from retention.sql.holds_here import HoldsHere
from retention.sql.own_tables import OwnTables
from retention.sql.rule_tables import key_columns, own_name


def captured_table(table: Table, key: tuple[str, ...], dialect: Dialect) -> Table:
    """The keys of one table. No primary key: two that look at the same moment may both capture a row."""
    name = own_name(dialect, "captured", table.name)
    columns = key_columns(table, key)
    return Table(
        name,
        MetaData(schema=dialect.own_schema),
        Column("hold_id", String(40), nullable=False),
        *columns,
        Column("captured_ms", BigInteger, nullable=False),  # milliseconds since the epoch, UTC
        Index(f"ix_{name}", *(column.name for column in columns)),
    )


def condition_on(condition: ConditionScope, row: FromClause, dialect: Dialect) -> ColumnElement[bool]:
    """TRUE, FALSE or NULL. A column that is not there any more makes it unknown for every row."""
    if all(name in row.c for name in columns_of(condition.condition)):
        return condition_sql(condition.condition, row, dialect)
    return null()  # type: ignore[return-value]


def is_captured(captured: Table, hold_id: str, key: tuple[str, ...], row: FromClause) -> ColumnElement[bool]:
    """Whether a row of the table was captured by the hold."""
    mine = captured.alias()
    same = [mine.c[f"k{position}"] == row.c[name] for position, name in enumerate(key, start=1)]
    found = select(1).select_from(mine).where(mine.c.hold_id == literal(hold_id), *same)
    return exists(found.correlate_except(mine))


def ensure_captured(
    connection: Connection, holds: HoldsHere, tables: Mapping[str, Table], schema: Schema, dialect: Dialect
) -> None:
    """Make the tables that conditions need. Raises RetentionError R386 where one was made for another primary key."""
    for name in sorted({area.table for _, area in holds.conditions if area.table in schema.tables}):
        captured = captured_table(tables[name], schema.tables[name].primary_key, dialect)
        inspector = inspect(connection)
        if not inspector.has_table(captured.name, schema=captured.schema):
            captured.create(connection)
            continue
        there = {column["name"] for column in inspector.get_columns(captured.name, schema=captured.schema)}
        if there != {column.name for column in captured.columns}:
            raise refuse(
                "R386",
                f"{name} has another primary key than when a hold captured rows of it: nobody can tell which they are",
                where=f"table {name}",
                remedy=f"hold the whole table (`retention hold place --table`), release the hold on the condition, "
                f"then drop {captured.fullname}",
            )


def capture(
    connection: Connection,
    holds: HoldsHere,
    tables: Mapping[str, Table],
    schema: Schema,
    dialect: Dialect,
    *,
    among: Mapping[str, ColumnElement[bool]] | None = None,
) -> None:
    """Remember what matches now. ``among``: by table, the rows that are looked at; None: every row of every table."""
    for hold_id, area in holds.conditions:
        if area.table not in schema.tables or (among is not None and area.table not in among):
            continue
        row, key = tables[area.table], schema.tables[area.table].primary_key
        captured = captured_table(row, key, dialect)
        fresh = (
            select(literal(hold_id), *(row.c[name] for name in key), dialect.now_ms())
            .select_from(row)
            .where(certainly(condition_on(area, row, dialect)), ~is_captured(captured, hold_id, key, row))
        )
        if among is not None:
            fresh = fresh.where(among[area.table])
        connection.execute(insert(captured).from_select([column.name for column in captured.columns], fresh))


def let_go(connection: Connection, own: OwnTables, dataset: str, dialect: Dialect, released: frozenset[str]) -> None:
    """Forget what released holds captured here, whatever became of the tables. Before their areas are forgotten."""
    for placed in areas_here(connection, own, dataset):
        if placed.hold_id not in released or not isinstance(placed.area, ConditionScope):
            continue
        name = own_name(dialect, "captured", placed.area.table)
        captured = Table(name, MetaData(schema=dialect.own_schema), Column("hold_id", String(40)))
        if inspect(connection).has_table(captured.name, schema=captured.schema):
            connection.execute(delete(captured).where(captured.c.hold_id == placed.hold_id))
