"""Comparing a stored time with a bound, in the column's own terms and without wrapping the column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, false, func, or_, type_coerce

from retention.model.starting_point import Stored, TimeColumn
from retention.planning.stored_time import spellings
from retention.sql.bounds import Bound, comparison
from retention.sql.conditions import certainly, some
from retention.sql.dialects.base import BEYOND, Dialect

_SECONDS = 19  # length of 2025-12-31 23:30:00
_TIMES = (Stored.DATE, Stored.DATETIME, Stored.INSTANT)


def passed(row: FromClause, at: TimeColumn, bound: Bound, dialect: Dialect) -> ColumnElement[bool]:
    """Whether the stored time has passed the bound; NULL for NULL."""
    column = row.c[at.column]
    compared = comparison(bound, at)
    if compared is None:
        return column != column  # FALSE for every value, but NULL for NULL: a missing value has not "not ended"
    if is_text(at, dialect):
        return _text_passed(as_text(column, at, dialect), at, _text(compared.value), compared.inclusive, dialect)
    return column <= compared.value if compared.inclusive else column < compared.value


def is_open(row: FromClause, at: TimeColumn, dialect: Dialect) -> ColumnElement[bool]:
    """Whether the value is a declared sentinel; FALSE for NULL."""
    if not at.open_values:
        return false()
    column = row.c[at.column]
    if is_text(at, dialect):
        return certainly(dialect.bytewise(type_coerce(column, String())).in_(at.open_values))
    beyond = [test for text in at.open_values if (test := dialect.beyond(column, text)) is not None]
    native = [value for text in at.open_values if (value := _native(at, text)) is not None]
    return certainly(some(*beyond, *([column.in_(native)] if native else [])))


def is_text(at: TimeColumn, dialect: Dialect) -> bool:
    """Whether the column is compared as text: ISO 8601 sorts as time does."""
    return at.stored.of_text or (dialect.times_are_text and at.stored in _TIMES)


def as_text(column: ColumnElement[Any], at: TimeColumn, dialect: Dialect) -> ColumnElement[str]:
    """The text, which sorts by its bytes as time does where it is spelled in one way: a blank comes before T."""
    text = type_coerce(column, String())
    return dialect.bytewise(func.replace(text, "T", " ", type_=String) if at.stored is Stored.ISO_LOCAL else text)


def without_zone(text: ColumnElement[str], at: TimeColumn, dialect: Dialect) -> ColumnElement[str]:
    """Z would sort after the digits of a longer fraction."""
    if at.stored is not Stored.ISO_UTC:
        return text
    return dialect.bytewise(func.replace(dialect.right_trimmed(text, "Z"), "+00:00", "", type_=String))


def _text_passed(
    text: ColumnElement[str], at: TimeColumn, value: str, inclusive: bool, dialect: Dialect
) -> ColumnElement[bool]:
    if not inclusive:  # "...:00Z" and "...:00.5Z" are both greater than "...:00": exact for whole seconds
        return text < value
    if len(value) < _SECONDS:
        return text <= value
    if len(value) > _SECONDS:
        return without_zone(text, at, dialect) <= value
    same_second = func.substr(text, 1, _SECONDS) == value
    no_fraction = dialect.right_trimmed(func.substr(text, _SECONDS + 1), ".0Z+:") == ""
    return or_(text <= value, and_(same_second, no_fraction))


def _text(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
    return str(value)


def _native(at: TimeColumn, text: str) -> object | None:
    """The value that a sentinel means; None where no value of the column is ever spelled so, or Python has none."""
    value: date | int
    if text in BEYOND:
        return None
    match at.stored:
        case Stored.DATE:
            value = date.fromisoformat(text)
        case Stored.DATETIME:
            value = datetime.fromisoformat(text)
        case Stored.INSTANT:
            value = datetime.fromisoformat(text)
            value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case _:
            value = int(text)
    return value if text in spellings(value) else None
