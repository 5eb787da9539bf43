"""Whether MariaDB's values are the times that a column is said to store: planning.stored_time as SQL.

Depending on the mode in which they were written, its types hold 0000-00-00, 2026-00-15 and 2026-02-31.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    and_,
    false,
    func,
    type_coerce,
)

from retention.model.condition import Scalar
from retention.model.starting_point import Stored
from retention.sql.dialects.base import EPOCH_RANGES
from retention.sql.dialects.iso_texts import readable_text
from retention.sql.dialects.mariadb_texts import exact

_FIRST, _LAST = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)


def readable(column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
    """NULL for NULL."""
    match stored:
        case Stored.EPOCH_S | Stored.EPOCH_MS:
            first, last = EPOCH_RANGES[stored]
            return column.between(first, last)
        case _ if stored.of_text:
            return readable_text(exact(type_coerce(column, String())), stored, r"\z")
        case Stored.DATE:
            return and_(column.between(date.min, date.max), *_is_a_day(column))
    return and_(column.between(_FIRST, _LAST), *_is_a_day(column))


def _is_a_day(column: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    day = func.dayofmonth(column)
    return func.month(column) > 0, day > 0, day <= func.dayofmonth(func.last_day(column))


def beyond(column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
    """NULL for NULL. Whatever the mode, a date without year, month and day can be told by its parts."""
    if sentinel != "0000-00-00" or not isinstance(column.type, Date | DateTime):
        return None
    return and_(func.year(column) == 0, func.month(column) == 0, func.dayofmonth(column) == 0)


def comparable(column: ColumnElement[Any], constant: Scalar) -> ColumnElement[bool] | None:
    """MariaDB would read texts as numbers, and numbers as texts. None: its type guarantees it."""
    if isinstance(constant, str):
        return false() if isinstance(column.type, Integer | Numeric | Boolean | Date | DateTime) else None
    if isinstance(column.type, String):
        return false()
    return readable(column, Stored.DATE) if isinstance(constant, date) else None
