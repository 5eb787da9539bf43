"""What a stored value says about time: a day, an instant, a declared "open", or nothing that can be read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias

from retention.model.starting_point import Stored, TimeColumn
from retention.planning.calendar import instant_of


class NotATime(Enum):
    """OPEN: a declared sentinel, no end is known. UNKNOWN: NULL, or not what the column is said to store."""

    OPEN = "open"
    UNKNOWN = "unknown"


OPEN: Final = NotATime.OPEN
UNKNOWN: Final = NotATime.UNKNOWN
Reading: TypeAlias = Literal[NotATime.OPEN, NotATime.UNKNOWN] | date  # a datetime (UTC) is a date to Python, too

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = r"\d\d:\d\d:\d\d(\.\d{1,6})?"
_DATETIME = re.compile(rf"\d{{4}}-\d\d-\d\d {_TIME}", re.ASCII)
_ISO_LOCAL = re.compile(rf"\d{{4}}-\d\d-\d\d[T ]{_TIME}", re.ASCII)
_ISO_UTC = re.compile(rf"(\d{{4}}-\d\d-\d\dT{_TIME})(Z|\+00:00)", re.ASCII)
_UNIT = {Stored.EPOCH_S: timedelta(seconds=1), Stored.EPOCH_MS: timedelta(milliseconds=1)}


def read(value: object, at: TimeColumn) -> Reading:
    """A date for DATE and ISO_DATE, an aware datetime in UTC for every other kind, else OPEN or UNKNOWN.

    Read are: dates and ``YYYY-MM-DD`` for DATE; naive datetimes and ``YYYY-MM-DD HH:MM:SS[.f]`` for DATETIME; aware
    datetimes for INSTANT; ``YYYY-MM-DDTHH:MM:SS[.f]Z`` or ``..+00:00`` for ISO_UTC (fractions of up to six digits);
    the same without its end, or with a blank for the T, for ISO_LOCAL; ``YYYY-MM-DD`` for ISO_DATE; whole numbers
    within the years 1 to 9999 for the epochs. ``infinity`` and ``0000-00-00``, which no driver reads, are texts here.
    NULL is UNKNOWN here; a caller to whom it means more asks before.
    """
    if _is_open(value, at):
        return OPEN
    try:
        match at.stored:
            case Stored.DATE:
                return _day(value)
            case Stored.ISO_DATE:
                return _day(value) if isinstance(value, str) else UNKNOWN
            case Stored.DATETIME:
                return _local_time(value, at, _DATETIME)
            case Stored.ISO_LOCAL:
                return _local_time(value, at, _ISO_LOCAL) if isinstance(value, str) else UNKNOWN
            case Stored.INSTANT:
                return _aware(value)
            case Stored.ISO_UTC:
                return _iso_utc(value)
            case _:
                return _count(value, _UNIT[at.stored])
    except (ValueError, OverflowError):
        return UNKNOWN


def _is_open(value: object, at: TimeColumn) -> bool:
    return value is not None and any(text in spellings(value) for text in at.open_values)


def spellings(value: object) -> tuple[str, ...]:
    """The forms in which a sentinel may be written: as in the database; midnight may leave out the time."""
    match value:
        case datetime():
            plain = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
            day = (plain.date().isoformat(),) if plain.time() == datetime.min.time() else ()
            return (*day, value.isoformat(sep=" "), value.isoformat(), plain.isoformat(sep=" "), plain.isoformat())
        case date():
            return (value.isoformat(),)
    return (str(value),)


def _day(value: object) -> Reading:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value if isinstance(value, date) and not isinstance(value, datetime) else UNKNOWN


def _local_time(value: object, at: TimeColumn, spelled: re.Pattern[str]) -> Reading:
    if at.stored_zone is None:
        raise AssertionError(f"{at.column} stores local time and declares no zone")
    if isinstance(value, str) and spelled.fullmatch(value):
        return instant_of(datetime.fromisoformat(value), at.stored_zone)
    if isinstance(value, datetime) and value.tzinfo is None:
        return instant_of(value, at.stored_zone)
    return UNKNOWN


def _aware(value: object) -> Reading:
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else UNKNOWN


def _iso_utc(value: object) -> Reading:
    match = _ISO_UTC.fullmatch(value) if isinstance(value, str) else None
    return UNKNOWN if match is None else datetime.fromisoformat(match[1]).replace(tzinfo=UTC)


def _count(value: object, unit: timedelta) -> Reading:
    return _EPOCH + value * unit if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN
