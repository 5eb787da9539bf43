"""The last of several stored ends, found by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, literal, not_

from retention.model.starting_point import Stored, TimeColumn
from retention.sql.conditions import certainly, every
from retention.sql.dialects.base import Dialect
from retention.sql.stored_times import as_text, is_open, is_text, without_zone


def last_end(row: FromClause, end: TimeColumn, dialect: Dialect) -> ColumnElement[Any]:
    """The last end among rows; NULL where one of them is open or cannot be read."""
    known = known_end(row, end, dialect)
    return case((func.count() == func.count(known), last_known(known, end)))


def known_end(row: FromClause, end: TimeColumn, dialect: Dialect) -> ColumnElement[Any]:
    """In the form that sorts as time does; NULL where there is none, it is open, or cannot be read."""
    column = row.c[end.column]
    readable = dialect.readable(column, end.stored)
    clear = every(*([] if readable is None else [readable]), not_(is_open(row, end, dialect)))
    return case((certainly(every(column.is_not(None), clear)), order(column, end, dialect)))


def last_known(known: ColumnElement[Any], end: TimeColumn) -> ColumnElement[Any]:
    """As the column stores it."""
    latest: ColumnElement[Any] = func.max(known, type_=known.type)
    return latest + literal("Z") if end.stored is Stored.ISO_UTC else latest


def order(column: ColumnElement[Any], end: TimeColumn, dialect: Dialect) -> ColumnElement[Any]:
    """What sorts as time does."""
    return without_zone(as_text(column, end, dialect), end, dialect) if is_text(end, dialect) else column
