"""Whether PostgreSQL's values are the times that a column is said to store: planning.stored_time as SQL.

Its types hold more than Python's: ``infinity`` and years beyond 9999 or before 1. Nobody can reckon with these.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, String, and_, cast, literal, not_, or_

from retention.model.starting_point import Stored
from retention.sql.dialects.base import EPOCH_RANGES

_FIRST, _LAST = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)
_RANGES: dict[Stored, tuple[object, object]] = {
    Stored.DATE: (date.min, date.max),
    Stored.DATETIME: (_FIRST, _LAST),
    Stored.INSTANT: (_FIRST.replace(tzinfo=UTC), _LAST.replace(tzinfo=UTC)),
    **EPOCH_RANGES,
}
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_TEXTS = {
    Stored.ISO_UTC: f"^{_DAY}T{_TIME}(Z|[+]00:00)$",
    Stored.ISO_LOCAL: f"^{_DAY}[T ]{_TIME}$",
    Stored.ISO_DATE: f"^{_DAY}$",
}
_NO_SUCH_DAY = "^(0000|.{4}-(02-3|(04|06|09|11)-31))"
_LEAP_DAY = "^.{4}-02-29"
_LEAP_YEAR = "^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"


def readable(column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
    """NULL for NULL."""
    if stored not in _TEXTS:
        first, last = _RANGES[stored]
        return column.between(first, last)
    leap = or_(not_(column.regexp_match(_LEAP_DAY)), column.regexp_match(_LEAP_YEAR))
    return and_(column.regexp_match(_TEXTS[stored]), not_(column.regexp_match(_NO_SUCH_DAY)), leap)


def beyond(column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
    """NULL for NULL."""
    if sentinel != "infinity" or not isinstance(column.type, Date | DateTime):
        return None
    return column == cast(literal(sentinel, String), column.type)
