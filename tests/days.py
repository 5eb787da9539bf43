"""Days, counted in plain Python for what is worked out by hand, and the rows of the sample as they are made."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
TODAY = date(2026, 7, 1)  # of an as-of at midnight UTC, in UTC and in Paris
SAN_JOSE = date(2026, 6, 30)  # where it is still the day before
HELD = 17


def later(day: date, *, months: int = 0, days: int = 0) -> date:
    """The same day of a later month, or that month's last, and then some days."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) + timedelta(days=days)


def day_of_ms(milliseconds: int, zone: str) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def day_of_utc(moment: datetime, zone: str) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def rows_of(module: Any, table: str, people: int) -> Iterator[Row]:
    for where, rows in module.rows(people):
        if where.name == table:
            yield from rows
