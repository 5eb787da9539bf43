"""How a column of numbers or texts stores times, told from what stands in it: counts leave the database, no value."""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Connection, Integer, String, Table, and_, case, func, select

from retention.model.starting_point import Recognised, Stored
from retention.sql.dialects.base import Dialect

SAMPLE = 10_000  # rows: enough to tell, and no table is read whole
_EPOCHS = {  # the years 1971 to 2199, so that no number is a time in both ways
    Stored.EPOCH_S: (31_536_000, 7_258_118_399),
    Stored.EPOCH_MS: (31_536_000_000, 7_258_118_399_999),
}
_TEXTS = tuple(stored for stored in Stored if stored.of_text)


def recognise(connection: Connection, table: Table, name: str, dialect: Dialect) -> Recognised | None:
    """None for a column of another type, and where no value is there to tell."""
    ways = _ways(table.c[name])
    if not ways:
        return None
    sample = select(table.c[name]).where(table.c[name].is_not(None)).limit(SAMPLE).subquery()
    tests = [_reads(sample.c[name], stored, dialect) for stored in ways]
    counts = [func.count(case((test, 1))) for test in tests]
    of, *read = connection.execute(select(func.count(), *counts).select_from(sample)).one()
    most = max(read)
    return Recognised(stored=ways[read.index(most)] if most else None, read=most, of=of) if of else None


def _ways(column: Column[object]) -> tuple[Stored, ...]:
    if isinstance(column.type, Integer):
        return tuple(_EPOCHS)
    return _TEXTS if isinstance(column.type, String) else ()


def _reads(column: ColumnElement[object], stored: Stored, dialect: Dialect) -> ColumnElement[bool]:
    readable = dialect.readable(column, stored)
    if readable is None:
        raise AssertionError(f"nothing tells whether a value is {stored}")
    return and_(readable, column.between(*_EPOCHS[stored])) if stored in _EPOCHS else readable
