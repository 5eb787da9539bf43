"""Local dates of instants, and instants of local times. Exact, monotone and invertible; reads no clock.

Days are local dates of a rule's zone. Instants are aware datetimes; those returned are in UTC. Whatever would lie
outside of the years 1 to 9999 is clamped to their first or last moment, or None where that is said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from retention.planning.zones import zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_FIRST_LOCAL, _LAST_LOCAL = _FIRST.replace(tzinfo=None), _LAST.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_WIDEST = timedelta(days=2)  # no two offsets in history lie further apart


# -- local dates of instants -----------------------------------------------------------------------------------------


def starting_date(instant: datetime, zone: str) -> date:
    """The local date of an event: the latest date that local clocks had shown by then.

    So where they go back over midnight it is the later of the two dates, which keeps longer.
    """
    local = _local(instant, zone_named(zone))
    if not local.fold:
        return local.date()
    before, after = _offset(local, 0), _offset(local, 1)
    change = _change(instant - (before - after), instant, before, zone_named(zone))
    return (change - _MICROSECOND + before).date()


def as_of_date(instant: datetime, zone: str) -> date:
    """The local date on which a decision is made: the earliest date that local clocks will still show.

    So where they go back over midnight it is the earlier of the two dates, which keeps longer.
    """
    local = _local(instant, zone_named(zone))
    before, after = _offset(local, 0), _offset(local, 1)
    if local.fold or before <= after:
        return local.date()
    change = _change(instant, instant + (before - after), before, zone_named(zone))
    return (change + after).date()


def day_begins(day: date, zone: str) -> datetime:
    """The first instant whose starting_date is ``day`` or later; whole seconds, UTC."""
    midnight = _seconds(datetime(day.year, day.month, day.day, tzinfo=UTC))
    span = int(_WIDEST / _SECOND)
    lowest, highest = _seconds(_FIRST), _seconds(_LAST)
    seconds = range(max(lowest, midnight - span), min(highest, midnight + span))
    begun = bisect_left(seconds, True, key=lambda second: starting_date(_instant(second), zone) >= day)
    return _instant(seconds.start + begun)


# -- local times without a zone --------------------------------------------------------------------------------------


def instant_of(naive: datetime, zone: str) -> datetime:
    """The instant of a local time that was stored without its zone, UTC. Never falls as ``naive`` rises.

    A time that clocks showed twice is the later of the two; one that they skipped is the instant of the change.
    """
    if naive.tzinfo is not None:
        raise ValueError("a local time must not carry a zone")
    local = naive.replace(tzinfo=zone_named(zone))
    before, after = _offset(local, 0), _offset(local, 1)
    if before < after:
        return _change(_moved(naive, -after), _moved(naive, -before), before, zone_named(zone))
    return _moved(naive, -after)


def local_cut(instant_utc: datetime, zone: str) -> datetime:
    """The smallest local time (naive) whose instant_of is ``instant_utc`` or later: ``stored < cut`` is exact."""
    around = instant_utc.astimezone(UTC).replace(tzinfo=None)
    lowest = around - min(_WIDEST, around - _FIRST_LOCAL)
    highest = around + min(_WIDEST, _LAST_LOCAL - around)
    steps = range((highest - lowest) // _MICROSECOND)
    reached = bisect_left(steps, True, key=lambda step: instant_of(lowest + step * _MICROSECOND, zone) >= instant_utc)
    return lowest + reached * _MICROSECOND


# -- changes of the clocks -------------------------------------------------------------------------------------------


def _change(after: datetime, until: datetime, before: timedelta, zone: ZoneInfo) -> datetime:
    """The instant of the one change of clocks in (after, until], where the offset ceases to be ``before``."""
    seconds = range(_seconds(after), _seconds(until) + 1)
    index = bisect_left(seconds, True, key=_has_changed(before, zone))
    return _instant(seconds.start + index)


def _has_changed(before: timedelta, zone: ZoneInfo) -> Callable[[int], bool]:
    return lambda second: _instant(second).astimezone(zone).utcoffset() != before


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """With the zone attached, so that ``fold`` tells the second showing of a time."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry a zone")
    try:
        return instant.astimezone(zone)
    except OverflowError:
        return (_FIRST_LOCAL if instant.year == 1 else _LAST_LOCAL).replace(tzinfo=zone)


def _offset(local: datetime, fold: int) -> timedelta:
    offset = local.replace(fold=fold).utcoffset()
    if offset is None:
        raise AssertionError("a zone of the database always has an offset")
    return offset


def _moved(naive: datetime, by: timedelta) -> datetime:
    try:
        return (naive + by).replace(tzinfo=UTC)
    except OverflowError:
        return _FIRST if by < timedelta() else _LAST


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND


def _instant(seconds: int) -> datetime:
    return _EPOCH + seconds * _SECOND
