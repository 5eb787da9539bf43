"""What the rows of a dataset tell others of an event: those that are there, and those that rules here disposed of.

What a batch takes away is written down in its own transaction, so that no import can come too late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    String,
    Table,
    and_,
    case,
    func,
    insert,
    inspect,
    literal,
    not_,
    or_,
    select,
)

from retention.model.fact import FactRows, NullMeans
from retention.model.hold import LONGEST_KEY
from retention.model.rule import Action
from retention.model.starting_point import Stored
from retention.planning.needs import Telling
from retention.planning.stored_time import UNKNOWN, Reading, read
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every
from retention.sql.dialects.base import Dialect
from retention.sql.group import in_keys
from retention.sql.last_end import known_end, last_end, last_known
from retention.sql.rule_tables import native_type, own_name
from retention.sql.stored_times import is_open
from retention.sql.told_facts import State

ROWS_AT_ONCE = 5_000
TOLD = "told"  # first part of the tables' names


@dataclass(frozen=True, slots=True)
class Statement:
    """What is told of one subject. ``at`` stands for KNOWN alone."""

    subject_key: str
    state: State
    at: Reading = UNKNOWN


def told_table(event: str, rows: FactRows, table: Table, dialect: Dialect) -> Table:
    """What was told by rows of ``table`` that are gone: the last end of each subject among the rows of one batch. NULL:
    it had not come, or could not be read, and nobody can tell any more."""
    return Table(
        own_name(dialect, TOLD, event),
        MetaData(schema=dialect.own_schema),
        Column("subject_key", String(255), nullable=False),
        Column(ended(rows), native_type(table.c[rows.at.column])),
        Column("source", String(80), nullable=False),  # the rule that disposed of the rows
        Column("expires", String(40), nullable=False),  # the period, as it was declared then
        Column("recorded_ms", BigInteger, nullable=False),
    )


def ended(rows: FactRows) -> str:
    """The column says how the end is stored, so that a table that was made for another kind is told apart."""
    return f"ended_{rows.at.stored}"


@dataclass(frozen=True)
class Told:
    """The statement that keeps what the rows of one rule's batches tell of one event."""

    telling: Telling
    context: RuleContext
    table: Table

    @classmethod
    def of(cls, telling: Telling, context: RuleContext) -> Told:
        rows = telling.rows
        table = told_table(telling.fact.id, rows, context.tables[rows.table], context.dialect)
        return cls(telling, context, table)

    def write(self, connection: Connection, keys: FromClause) -> int:
        """Keep the last event of each subject whose rows go with the groups in ``keys``; gives their number."""
        context, rows = self.context, self.telling.rows
        row = context.tables[rows.table]
        key = context.dialect.canonical_text(row.c[rows.key])
        source = (
            select(
                key,
                last_end(row, rows.at, context.dialect),
                literal(context.rule.id),
                literal(str(self.telling.fact.expires)),
                context.dialect.now_ms(),
            )
            .where(in_keys(context.rule, context.tables, rows.table, keys), _names(row, rows, context.dialect))
            .group_by(key)
        )
        names = [column.name for column in self.table.columns]
        keep = insert(self.table).from_select(names, source).execution_options(preserve_rowcount=True)
        return connection.execute(keep).rowcount


def tellings(found: tuple[Telling, ...], context: RuleContext, action: Action) -> tuple[Told, ...]:
    """Those that one action of a rule takes away."""
    return tuple(Told.of(one, context) for one in found if one.arises(action))


# -- reading -----------------------------------------------------------------------------------------------------------


def statements(
    connection: Connection, event: str, rows: FactRows, table: Table, dialect: Dialect
) -> Iterator[Statement]:
    """Of every subject that a row names; of rows that are gone, too, so that a subject may come several times."""
    yield from _of_rows(connection, rows, table, dialect)
    told = told_table(event, rows, table, dialect)
    if inspect(connection).has_table(told.name, schema=told.schema):
        asked = select(told.c.subject_key, told.c[ended(rows)]).execution_options(yield_per=ROWS_AT_ONCE)
        for key, at in connection.execute(asked):
            reading = _read(at, rows)
            yield Statement(key, State.UNKNOWN if reading is UNKNOWN else State.KNOWN, reading)


def nameless(connection: Connection, rows: FactRows, table: Table, dialect: Dialect) -> int:
    """Rows that name no subject, or one by a key that is too long to be kept."""
    named = certainly(_names(table, rows, dialect))
    return int(connection.execute(select(func.count()).select_from(table).where(not_(named))).scalar_one())


def _of_rows(connection: Connection, rows: FactRows, table: Table, dialect: Dialect) -> Iterator[Statement]:
    asked: Select[Any] = _last_of_each(rows, table, dialect).execution_options(yield_per=ROWS_AT_ONCE)
    for key, at, state in connection.execute(asked):
        yield Statement(key, State(state), _read(at, rows) if state == State.KNOWN else UNKNOWN)


def _last_of_each(rows: FactRows, table: Table, dialect: Dialect) -> Select[Any]:
    key, column = dialect.canonical_text(table.c[rows.key]), table.c[rows.at.column]
    known, opened = known_end(table, rows.at, dialect), is_open(table, rows.at, dialect)
    if rows.null is NullMeans.OPEN:
        opened = or_(opened, column.is_(None))
    state = case((opened, State.OPEN.value), (known.is_(None), State.UNKNOWN.value), else_=State.KNOWN.value)
    return select(key, last_known(known, rows.at), func.max(state)).where(_names(table, rows, dialect)).group_by(key)


def _names(row: FromClause, rows: FactRows, dialect: Dialect) -> ColumnElement[bool]:
    """Whether a row tells anything of a subject whose key can be kept."""
    key = dialect.canonical_text(row.c[rows.key])
    somebody = and_(row.c[rows.key].is_not(None), key != literal(""), dialect.length(key) <= LONGEST_KEY)
    return every(somebody, *([row.c[rows.at.column].is_not(None)] if rows.null is NullMeans.NEVER else []))


def _read(value: object, rows: FactRows) -> Reading:
    if isinstance(value, datetime) and value.tzinfo is None and rows.at.stored is Stored.INSTANT:
        value = value.replace(tzinfo=UTC)  # a driver that leaves the zone out; every session of ours has UTC
    return read(value, rows.at)
