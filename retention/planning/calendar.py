"""Periods on the calendar, and local dates of instants. Exact, monotone and invertible; reads no clock.

Days are local dates of a rule's zone. Instants are aware datetimes; those returned are in UTC. Whatever would lie
outside of the years 1 to 9999 is clamped to their first or last moment, or None where that is said.
"""

from __future__ import annotations

import calendar as months
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from retention.model.period import Period
from retention.model.starting_point import Alignment, AlignTo
from retention.planning.zones import zone_named

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_FIRST_LOCAL, _LAST_LOCAL = _FIRST.replace(tzinfo=None), _LAST.replace(tzinfo=None)
_LAST_ORDINAL = date.max.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_WIDEST = timedelta(days=2)  # no two offsets in history lie further apart


# -- days ------------------------------------------------------------------------------------------------------------


def kept_through(start: date, align: Alignment, period: Period) -> date | None:
    """The last day on which a record is kept whose event fell on ``start``; None: it lies beyond the calendar.

    The day of the event is not counted: 2020-03-10 + P1Y keeps through 2021-03-10. Years and months are added in one
    step and clamp to the month's last day, then weeks and days.
    """
    aligned = _aligned(start, align)
    if aligned is None:
        return None
    month = aligned.year * 12 + aligned.month - 1 + period.years * 12 + period.months
    year, month = divmod(month, 12)
    if year > date.max.year:
        return None
    day = _clamped(year, month + 1, aligned.day).toordinal() + period.weeks * 7 + period.days
    return date.fromordinal(day) if day <= _LAST_ORDINAL else None


def cut_off(as_of_date: date, align: Alignment, period: Period) -> date | None:
    """The latest starting date whose kept_through has passed on ``as_of_date``; None: no date's has.

    kept_through never falls as its start rises, so the search below inverts it exactly.
    """

    def still_kept(ordinal: int) -> bool:
        last = kept_through(date.fromordinal(ordinal), align, period)
        return last is None or last >= as_of_date

    passed = bisect_left(range(1, _LAST_ORDINAL + 1), True, key=still_kept)
    return date.fromordinal(passed) if passed else None


def lead_days(period: Period, lead: Period) -> int:
    """How many days before the end of a ceiling of this period it may be served: at most a tenth of the period."""
    return min(lead.shortest_days, period.shortest_days // 10)


def _aligned(start: date, align: Alignment) -> date | None:
    match align.to:
        case AlignTo.NONE:
            return start
        case AlignTo.MONTH:
            return _clamped(start.year, start.month, 31)
        case AlignTo.QUARTER:
            return _clamped(start.year, (start.month + 2) // 3 * 3, 31)
        case AlignTo.CALENDAR_YEAR:
            return date(start.year, 12, 31)
    if align.fiscal_year_ends is None:
        raise ValueError("an alignment to the fiscal year needs its last month and day")
    this_year = _clamped(start.year, *align.fiscal_year_ends)
    if start <= this_year:
        return this_year
    return _clamped(start.year + 1, *align.fiscal_year_ends) if start.year < date.max.year else None


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, months.monthrange(year, month)[1]))


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
