"""From an event's local date to the last day on which a record is kept, and back. Exact; reads no clock.

What would lie outside of the years 1 to 9999 is None where that is said.
"""

from __future__ import annotations

import calendar as months
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta

from retention.model.alignment import Alignment, AlignTo
from retention.model.period import Period
from retention.model.terms import Reach, Suspension, Terms, Transition
from retention.planning.business_days import next_business_day

_LAST_ORDINAL = date.max.toordinal()
_DAY = timedelta(days=1)


def kept_through(start: date, terms: Terms) -> date | None:
    """The last day on which a record is kept whose event fell on ``start``; None: it lies beyond the calendar.

    The day of the event is not counted, unless the terms say so: 2020-03-10 + P1Y keeps through 2021-03-10. Years and
    months of one period are added in one step and clamp to the month's last day, then weeks and days.
    """
    new = _by_the_text(start, terms)
    return new if terms.transition is None else _in_transition(start, new, terms, terms.transition)


def _by_the_text(start: date, terms: Terms) -> date | None:
    day: date | None = start
    for align in terms.align:
        day = day and _aligned(day, align)
    day = day and _after_suspensions(day, terms)
    if terms.end is not None:
        day = day and _aligned(day, terms.end)
    return day and next_business_day(day, terms.business_days) if terms.business_days else day


def _in_transition(start: date, new: date | None, terms: Terms, transition: Transition) -> date | None:
    """Which text the event falls under. A new text takes nothing away before its effective date: what it would have
    ended earlier ends on the day before."""
    effective = transition.effective
    old = None if transition.before is None else kept_through(start, transition.before)
    if transition.reach is Reach.EVENTS:
        return old if start < effective else new
    if old is not None and old < effective:
        return old
    if transition.reach is Reach.CAPPED and start < effective:
        afresh = _by_the_text(effective, terms)
        return afresh if old is None else old if afresh is None else min(old, afresh)
    return None if new is None else max(new, effective - _DAY)


# -- and back --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Local days after ``after`` (None: from the first of all) up to ``through``."""

    through: date
    after: date | None = None


def passed_days(as_of_date: date, terms: Terms) -> tuple[Days, ...]:
    """The starting dates whose kept_through has passed on ``as_of_date``: one range, or none, and one more for each
    transition by which later events are kept shorter than earlier ones."""
    borders = _borders(terms)
    found: list[Days] = []
    for after, until in zip((None, *borders), (*borders, date.max), strict=True):
        last = _cut_off(as_of_date, terms, after, until)
        if last is None:
            continue
        if found and found[-1].through == after:
            found[-1] = Days(after=found[-1].after, through=last)
        else:
            found.append(Days(after=after, through=last))
    return tuple(found)


def never_falls(terms: Terms) -> bool:
    """Whether a later event is always kept as long as an earlier one, or longer."""
    return all(_not_later(border, border + _DAY, terms) for border in _borders(terms))


def _not_later(first: date, second: date, terms: Terms) -> bool:
    one, other = kept_through(first, terms), kept_through(second, terms)
    return other is None or (one is not None and one <= other)


def _borders(terms: Terms) -> tuple[date, ...]:
    """The last days before texts that reach events from a date on. Between them kept_through never falls: a period
    that runs on is ended no earlier than the day before the new text, when all that ended by the old one have."""
    found = set()
    transition = terms.transition
    while transition is not None:
        if transition.reach is Reach.EVENTS and transition.effective > date.min:
            found.add(transition.effective - _DAY)
        transition = None if transition.before is None else transition.before.transition
    return tuple(sorted(found))


def _cut_off(as_of_date: date, terms: Terms, after: date | None, until: date) -> date | None:
    """The latest date between both whose kept_through has passed; None: no date's has."""

    def still_kept(ordinal: int) -> bool:
        last = kept_through(date.fromordinal(ordinal), terms)
        return last is None or last >= as_of_date

    first = 1 if after is None else after.toordinal() + 1
    passed = bisect_left(range(first, until.toordinal() + 1), True, key=still_kept)
    return date.fromordinal(first + passed - 1) if passed else None


# -- steps -----------------------------------------------------------------------------------------------------------


def lead_days(terms: Terms, lead: Period) -> int:
    """How many days before the end of a ceiling it may be served: at most a tenth of its period."""
    return min(lead.shortest_days, sum(period.shortest_days for period in terms.periods) // 10)


def _after_suspensions(start: date, terms: Terms) -> date | None:
    """The periods, and the days on which their clock stood still. Later days are never counted twice: suspensions that
    overlap or touch are one."""
    stops = _united(terms.suspended)
    for stop in stops:
        if stop.first <= start < stop.last:
            start = stop.last
    day = _after(start, terms)
    for stop in stops:
        if day is not None and start < stop.first <= day:
            ordinal = day.toordinal() + (stop.last - stop.first).days + 1
            day = date.fromordinal(ordinal) if ordinal <= _LAST_ORDINAL else None
    return day


def _united(suspensions: tuple[Suspension, ...]) -> list[Suspension]:
    found: list[Suspension] = []
    for stop in sorted(suspensions, key=lambda one: one.first):
        if found and stop.first <= found[-1].last + _DAY:
            found[-1] = Suspension(first=found[-1].first, last=max(found[-1].last, stop.last))
        else:
            found.append(stop)
    return found


def _after(day: date, terms: Terms) -> date | None:
    """All periods added, each to what the one before gave. With the first day counted, the last ends on the day before
    the one that corresponds; where a month has no such day, with the month (BGB 188(2), (3))."""
    for place, period in enumerate(terms.periods, start=1):
        counted = terms.first_day_counts and place == len(terms.periods)
        later = _plus(day, period, first_day_counts=counted)
        if later is None:
            return None
        day = later
    return day


def _plus(start: date, period: Period, *, first_day_counts: bool) -> date | None:
    year, month = divmod(start.year * 12 + start.month - 1 + period.years * 12 + period.months, 12)
    if year > date.max.year:
        return None
    clamped = _clamped(year, month + 1, start.day)
    less = 1 if first_day_counts and not period.immediate and clamped.day == start.day else 0
    day = clamped.toordinal() + period.weeks * 7 + period.days - less
    return date.fromordinal(day) if day <= _LAST_ORDINAL else None


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
