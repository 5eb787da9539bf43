"""Comparing a stored time with a bound, in the column's own terms and without wrapping the column."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, false, func, literal, or_, type_coerce

from retention.model.starting_point import Stored, TimeColumn
from retention.sql.bounds import Bound, comparison
from retention.sql.conditions import certainly
from retention.sql.dialects.base import Dialect

_SECONDS = 19  # length of 2025-12-31 23:30:00


def passed(row: FromClause, at: TimeColumn, bound: Bound, dialect: Dialect) -> ColumnElement[bool]:
    """Whether the stored time has passed the bound; NULL for NULL."""
    column = row.c[at.column]
    compared = comparison(bound, at)
    if compared is None:
        return column != column  # FALSE for every value, but NULL for NULL: a missing value has not "not ended"
    if is_text(at, dialect):
        return _text_passed(column, _text(compared.value), compared.inclusive)
    return column <= compared.value if compared.inclusive else column < compared.value


def is_open(row: FromClause, at: TimeColumn, dialect: Dialect) -> ColumnElement[bool]:
    """Whether the value is a declared sentinel; FALSE for NULL."""
    if not at.open_values:
        return false()
    column = row.c[at.column]
    if is_text(at, dialect):
        return certainly(type_coerce(column, String()).in_(at.open_values))
    return certainly(column.in_([_native(at, value) for value in at.open_values]))


def is_text(at: TimeColumn, dialect: Dialect) -> bool:
    if at.stored is Stored.ISO_UTC:
        return True
    return dialect.times_are_text and at.stored in (Stored.DATE, Stored.DATETIME)


def _text_passed(column: ColumnElement[Any], value: str, inclusive: bool) -> ColumnElement[bool]:
    text = type_coerce(column, String())
    if not inclusive:  # "...:00Z" and "...:00.5Z" are both greater than "...:00": exact for whole seconds
        return text < literal(value)
    if len(value) != _SECONDS:
        return text <= literal(value)
    same_second = func.substr(text, 1, _SECONDS) == literal(value)
    no_fraction = func.rtrim(func.substr(text, _SECONDS + 1), ".0Z") == ""
    return or_(text <= literal(value), and_(same_second, no_fraction))


def _text(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
    return str(value)


def _native(at: TimeColumn, value: str) -> object:
    match at.stored:
        case Stored.DATE:
            return date.fromisoformat(value)
        case Stored.DATETIME | Stored.INSTANT:
            return datetime.fromisoformat(value)
        case _:
            return int(value)
