"""What the decision is told about one group, read from the database: for explaining one row, and for comparing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    case,
    select,
    true,
    type_coerce,
)

from retention.model.clause import NeededBy
from retention.model.errors import refuse
from retention.model.hold import HoldClass
from retention.model.join import Lookup
from retention.model.starting_point import Stored, TimeColumn, times_of
from retention.planning.facts import RowFacts
from retention.planning.reliance import lookups_of_clause, lookups_of_rule
from retention.planning.stored_time import OPEN, UNKNOWN, Reading, read
from retention.sql.claims import claims_on
from retention.sql.column_types import RAW
from retention.sql.compiled_rule import RuleContext
from retention.sql.dialects.base import BEYOND, Dialect
from retention.sql.group import referenced, references_to
from retention.sql.leaves import Origin, joined
from retention.sql.lookups import looked_up
from retention.sql.marks import marked, marked_on
from retention.sql.needed import rows_that_need
from retention.sql.relationships import relationship_sql
from retention.sql.stored_times import is_text
from retention.sql.told_facts import State, stale

# What stands there where the driver gives no value; "?": anything else that Python cannot hold.
_WITHOUT = ("?", None, *BEYOND)
_SEPARATOR = ","


def row_facts(connection: Connection, context: RuleContext, key: tuple[object, ...]) -> RowFacts | None:
    """Of the root row with this key, columns of the primary key in order; None where there is none."""
    root = context.root
    here = and_(*(root.c[name] == value for name, value in zip(context.rule.primary_key, key, strict=True)))
    row = connection.execute(select(*_columns(root, _times(context), context.dialect)).where(here)).one_or_none()
    if row is None:
        return None
    return RowFacts(
        row=_values(root, row),
        looked_up=_looked_up(connection, context, here),
        relationship_ends=tuple(_ends(connection, context, here, Origin.ROWS)),
        relationship_starts=tuple(_starts(connection, context, here)),
        past_ends=tuple(_ends(connection, context, here, Origin.PAST)),
        told_ends=tuple(_told_ends(connection, context, here)),
        stale=_stale(connection, context),
        covered=_covered(connection, context, here),
        claims=claims_on(connection, context, here),
        marked_on=_marked_on(connection, context, here),
        referenced_by=_referenced_by(connection, context, here),
        unclassified=context.unclassified,
        needed={one.name: tuple(_needing(connection, context, one, here)) for one in context.rule.needed_by},
    )


def _needing(
    connection: Connection, context: RuleContext, needed: NeededBy, here: ColumnElement[bool]
) -> Iterator[RowFacts]:
    """The rows that need the group, with what the other rule's floor reads of them."""
    there, rows = rows_that_need(context, needed)
    lookups = [(one, looked_up(one, there.root, there.tables)) for one in lookups_of_clause(needed.clause)]
    read = [(type_coerce(value, RAW), value.is_(None)) for _, value in lookups]
    own = list(_columns(there.root, _times(there), context.dialect))
    columns = [*own, *(part.label(f"l{place}") for place, part in enumerate(chain.from_iterable(read)))]
    statement = rows.with_only_columns(*columns).join(context.root, true()).where(here)
    for row in connection.execute(statement):
        pairs = zip(row[len(own) :: 2], row[len(own) + 1 :: 2], strict=True)
        yield RowFacts(
            row=_values(there.root, row),
            looked_up={
                one: _value(context.tables[one.path[-1].table].c[one.column], value, missing)
                for (one, _), (value, missing) in zip(lookups, pairs, strict=True)
            },
        )


def _values(table: FromClause, row: Sequence[Any]) -> dict[str, object]:
    return {one.name: _value(one, *row[2 * place : 2 * place + 2]) for place, one in enumerate(table.columns)}


def key_from_text(context: RuleContext, text: str) -> tuple[object, ...]:
    """``4711``, or ``4711,2`` for a key of two columns. Raises RetentionError R305 where it does not fit."""
    return key_in(context.root, context.rule.primary_key, text)


def key_in(table: Table, primary_key: tuple[str, ...], text: str) -> tuple[object, ...]:
    """The same, of any table. Raises RetentionError R305 where it does not fit."""
    columns = [table.c[name] for name in primary_key]
    parts = [text] if len(columns) == 1 else text.split(_SEPARATOR)
    names = _SEPARATOR.join(column.name for column in columns)
    if len(parts) != len(columns):
        raise refuse(
            "R305",
            f"a key of {table.name} has {len(columns)} parts, and {len(parts)} are given",
            where=f"table {table.name}",
            remedy=f"write {names}",
        )
    return tuple(_part(column, part.strip(), names) for column, part in zip(columns, parts, strict=True))


def _part(column: ColumnElement[Any], text: str, names: str) -> object:
    try:
        if isinstance(column.type, Integer):
            return int(text)
        if column.type.python_type is date:
            return date.fromisoformat(text)
        if column.type.python_type is datetime:
            return _moment(text, zoned=bool(getattr(column.type, "timezone", False)))
    except NotImplementedError:
        return text
    except ValueError:
        raise refuse(
            "R305",
            "the key does not fit the type of its column",
            where=f"column {getattr(column, 'name', names)}",
            remedy=f"write {names}: whole numbers in digits, days as 2026-07-01, times as 2026-07-01T09:30:00 and with "
            "a zone where the column has one",
        ) from None
    return text


def _moment(text: str, *, zoned: bool) -> datetime:
    moment = datetime.fromisoformat(text)
    if zoned is (moment.tzinfo is None):
        raise ValueError("the column has a zone and the text has none, or the other way round")
    return moment


def _times(context: RuleContext) -> dict[str, TimeColumn]:
    """The time columns of the root by name."""
    rule = context.rule
    starts = [at for clause in rule.clauses for at in times_of(clause.start.event)]
    if rule.relationship is not None and rule.relationship.otherwise is not None:
        starts.append(rule.relationship.otherwise)
    return {at.column: at for at in starts}


def _columns(table: Table, times: dict[str, TimeColumn], dialect: Dialect) -> Iterator[ColumnElement[Any]]:
    """Two for each column, as _told gives them."""
    for column in table.columns:
        for place, part in enumerate(_told(column, times.get(column.name), dialect)):
            yield part.label(f"{'vn'[place]}_{column.name}")


def _told(
    column: ColumnElement[Any], at: TimeColumn | None, dialect: Dialect
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The value, and its place in _WITHOUT where a driver gives none."""
    tests = [dialect.beyond(column, text) for text in BEYOND]
    beyond = [(test, _WITHOUT.index(text)) for test, text in zip(tests, BEYOND, strict=True) if test is not None]
    return _as_it_is(column, at, dialect), case((column.is_(None), _WITHOUT.index(None)), *beyond, else_=0)


def _as_it_is(column: ColumnElement[Any], at: TimeColumn | None, dialect: Dialect) -> ColumnElement[Any]:
    """A driver may be unable to read what Python's types cannot hold; texts it can."""
    stored = at.stored if at is not None else _native_time(column)
    text = dialect.times_are_text or (at is not None and is_text(at, dialect))
    readable = None if stored is None or text else dialect.readable(column, stored)
    return type_coerce(column if readable is None else case((readable, column)), RAW)


def _native_time(column: ColumnElement[Any]) -> Stored | None:
    try:
        python = column.type.python_type
    except NotImplementedError:
        return None
    if python is date:
        return Stored.DATE
    zoned = getattr(column.type, "timezone", None)
    return None if zoned is None else Stored.INSTANT if zoned else Stored.DATETIME


def _value(column: ColumnElement[Any], value: object, without: int) -> object:
    if value is None:
        return _WITHOUT[without]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(column.type, CHAR) and isinstance(value, str):
        return value.rstrip(" ")
    if isinstance(value, datetime) and value.tzinfo is None and _native_time(column) is Stored.INSTANT:
        return value.replace(tzinfo=UTC)  # a driver that leaves the zone out; every session of ours has UTC
    return value


def _looked_up(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> dict[Lookup, object]:
    found: dict[Lookup, object] = {}
    for lookup in lookups_of_rule(context.rule):
        value = looked_up(lookup, context.root, context.tables)
        stored, missing = connection.execute(select(type_coerce(value, RAW), value.is_(None)).where(here)).one()
        found[lookup] = _value(context.tables[lookup.path[-1].table].c[lookup.column], stored, missing)
    return found


def _ends(connection: Connection, context: RuleContext, here: ColumnElement[bool], origin: Origin) -> Iterator[object]:
    """Of the related rows, or of the facts of those that are gone."""
    for there, end, statement in _told_by(context, here, origin):
        for value, missing in connection.execute(statement):
            yield _value(there.c[end.column], value, missing)


def _starts(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> Iterator[object]:
    """Of the related rows, where the length of the relationship counts."""
    relationship = context.rule.relationship
    related = None if relationship is None else relationship.rows
    if related is None or related.start is None:
        return
    there = context.tables[related.join.table].alias()
    start = there.c[related.start.column]
    told = select(*_told(start, related.start, context.dialect))
    joined_rows = told.select_from(context.root.join(there, joined(context.root, there, related.join))).where(here)
    for value, missing in connection.execute(joined_rows):
        yield _value(start, value, missing)


def _told_ends(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> Iterator[Reading]:
    """Of facts from elsewhere. Where nobody can tell about whom they would be, there may be one."""
    relationship = relationship_sql(context)
    if relationship is None:
        return
    if connection.execute(select(relationship.whose).select_from(context.root).where(here)).scalar_one():
        yield UNKNOWN
    for there, end, statement in _told_by(context, here, Origin.ELSEWHERE):
        for value, _, state in connection.execute(statement.add_columns(there.c.state)):
            yield {State.OPEN: OPEN, State.UNKNOWN: UNKNOWN}.get(State(state)) or read(value, end)


def _told_by(
    context: RuleContext, here: ColumnElement[bool], origin: Origin
) -> Iterator[tuple[FromClause, TimeColumn, Select[Any]]]:
    """Where ends of one origin stand, and what asks for those of a row: the value, and whether there is none."""
    relationship = relationship_sql(context)
    for ends in () if relationship is None else relationship.ends:
        if ends.origin is origin:
            there = ends.table.alias()
            end = there.c[ends.end.column]
            told = select(*_told(end, ends.end, context.dialect))
            joined = told.select_from(context.root.join(there, ends.of(context.root, there)))
            yield there, ends.end, joined.where(here)


def _stale(connection: Connection, context: RuleContext) -> tuple[str, ...]:
    relationship = context.rule.relationship
    told = () if relationship is None else relationship.told
    return tuple(
        one.fact for one in told if connection.execute(select(stale(context.own, one, context.as_of))).scalar_one()
    )


def _covered(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> dict[HoldClass, bool | None]:
    classes = dict(context.covered)
    tests = [test for one in classes.values() for test in (one.certainly, one.possibly)]
    anchored = context.coverage.anchored(context.rule, context.root)
    answers = [
        bool(value)
        for value in connection.execute(select(*tests, anchored).select_from(context.root).where(here)).one()
    ]
    pairs = zip(classes, answers[0:-1:2], answers[1:-1:2], strict=True)
    found = {name: True if certain else None if possible else False for name, certain, possible in pairs}
    return {**found, HoldClass.ANCHORED: answers[-1]}


def _marked_on(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> date | None:
    if not context.pseudonymizes:
        return None
    day = connection.execute(select(marked_on(context)).where(here, marked(context))).scalar_one_or_none()
    return None if day is None else date.fromisoformat(day)


def _referenced_by(connection: Connection, context: RuleContext, here: ColumnElement[bool]) -> str:
    for reference in references_to(context.rule, context.schema):
        refers = referenced(reference, context.rule, context.tables, context.root)
        if connection.execute(select(1).where(here, refers)).first() is not None:
            return reference.table
    return ""
