"""Whether MariaDB's values are the times that a column is said to store: planning.stored_time as SQL.

Depending on the mode in which they were written, its types hold 0000-00-00, 2026-00-15 and 2026-02-31.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, String, and_, func, not_, or_, type_coerce

from retention.model.starting_point import Stored
from retention.sql.dialects.base import EPOCH_RANGES
from retention.sql.dialects.mariadb_texts import exact

_FIRST, _LAST = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_TEXTS = {
    Stored.ISO_UTC: rf"^{_DAY}T{_TIME}(Z|[+]00:00)\z",
    Stored.ISO_LOCAL: rf"^{_DAY}[T ]{_TIME}\z",
    Stored.ISO_DATE: rf"^{_DAY}\z",
}
_NO_SUCH_DAY = "^(0000|.{4}-(02-3|(04|06|09|11)-31))"
_LEAP_DAY = "^.{4}-02-29"
_LEAP_YEAR = "^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"


def readable(column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
    """NULL for NULL."""
    match stored:
        case Stored.EPOCH_S | Stored.EPOCH_MS:
            first, last = EPOCH_RANGES[stored]
            return column.between(first, last)
        case Stored.ISO_UTC | Stored.ISO_LOCAL | Stored.ISO_DATE:
            text = exact(type_coerce(column, String()))
            leap = or_(not_(text.regexp_match(_LEAP_DAY)), text.regexp_match(_LEAP_YEAR))
            return and_(text.regexp_match(_TEXTS[stored]), not_(text.regexp_match(_NO_SUCH_DAY)), leap)
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
