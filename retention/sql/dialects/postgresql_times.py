"""Whether PostgreSQL's values are the times that a column is said to store: planning.stored_time as SQL.

Its types hold more than Python's: ``infinity`` and years beyond 9999 or before 1. Nobody can reckon with these.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, String, cast, literal

from retention.model.starting_point import Stored
from retention.sql.dialects.base import EPOCH_RANGES
from retention.sql.dialects.iso_texts import readable_text

_FIRST, _LAST = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)
_RANGES: dict[Stored, tuple[object, object]] = {
    Stored.DATE: (date.min, date.max),
    Stored.DATETIME: (_FIRST, _LAST),
    Stored.INSTANT: (_FIRST.replace(tzinfo=UTC), _LAST.replace(tzinfo=UTC)),
    **EPOCH_RANGES,
}


def readable(column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
    """NULL for NULL."""
    if stored.of_text:
        return readable_text(column, stored, "$")
    first, last = _RANGES[stored]
    return column.between(first, last)


def beyond(column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
    """NULL for NULL."""
    if sentinel != "infinity" or not isinstance(column.type, Date | DateTime):
        return None
    return column == cast(literal(sentinel, String), column.type)
