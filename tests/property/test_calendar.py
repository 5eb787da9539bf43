"""The calendar against itself, and against a second one that counts day by day and second by second."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.model.alignment import Alignment, AlignTo
from retention.model.period import Period
from retention.model.terms import Reach, Terms, Transition
from retention.planning import calendar
from retention.planning.counting import kept_through, never_falls, passed_days
from retention.planning.zones import zone_named
from tests.property.rules_of_any_kind import suspensions, transitions

DAY = timedelta(days=1)
CHANGES = {  # UTC, rounded: within a day of it clocks change, over midnight or near it
    "America/Sao_Paulo": ["2018-11-04T03:00", "2018-02-18T02:00"],
    "Asia/Beirut": ["2022-03-26T22:00", "2022-10-29T21:00"],
    "America/Havana": ["2021-03-14T05:00", "2021-11-07T05:00"],
    "Atlantic/Azores": ["2023-03-26T01:00", "2023-10-29T01:00"],
    "America/Scoresbysund": ["2023-03-26T01:00", "2023-10-29T01:00"],
    "America/St_Johns": ["2006-04-02T03:31", "2006-10-29T02:31", "1988-10-30T01:31"],
    "Pacific/Apia": ["2011-12-30T10:00"],
    "Pacific/Kwajalein": ["1969-09-30T13:00", "1993-08-21T12:00"],
    "Asia/Manila": ["1844-12-31T16:00"],
    "America/Juneau": ["1867-10-19T00:30"],
    "Europe/Berlin": ["2045-03-26T01:00", "2045-10-29T01:00"],
    "Africa/Monrovia": ["1972-01-07T00:44"],
    "UTC": ["2000-01-01T00:00"],
}
near_a_change = st.sampled_from(
    [(zone, datetime.fromisoformat(at).replace(tzinfo=UTC)) for zone, times in CHANGES.items() for at in times]
)
periods = st.one_of(
    st.just(Period()),
    st.builds(
        Period,
        years=st.integers(0, 12),
        months=st.integers(0, 30),
        weeks=st.integers(0, 9),
        days=st.integers(0, 400),
    ),
)
plain = st.sampled_from([to for to in AlignTo if to is not AlignTo.FISCAL_YEAR]).map(lambda to: Alignment(to=to))
fiscal = st.tuples(st.integers(1, 12), st.integers(1, 31)).map(
    lambda ends: Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=ends)
)
aligns = plain | fiscal
terms_of_any_kind = st.builds(
    Terms,
    periods=st.lists(periods, min_size=1, max_size=2).map(tuple),
    align=st.lists(aligns, max_size=2).map(tuple),
    first_day_counts=st.booleans(),
    end=st.none() | aligns,
    business_days=st.sampled_from(["", "", "DE-BE", "US-CA", "PL"]),
    suspended=st.just(()) | suspensions,
    transition=st.none() | transitions,
)
days = st.one_of(st.dates(date(1990, 1, 1), date(2040, 12, 31)), st.dates())


@settings(max_examples=300, deadline=None)
@given(days, terms_of_any_kind)
def test_what_has_passed_is_what_kept_through_says(today: date, terms: Terms) -> None:
    ranges = passed_days(today, terms)
    around = {date(2000, 1, 1), today}
    for one in ranges:
        around |= {one.through, one.after or one.through}
    around |= {day + DAY for day in around if day < date.max} | {day - DAY for day in around if day > date.min}
    for day in around:
        last = kept_through(day, terms)
        passed = any((one.after is None or one.after < day) and day <= one.through for one in ranges)
        assert passed is (last is not None and last < today)


@settings(max_examples=300, deadline=None)
@given(days, st.integers(0, 800), terms_of_any_kind)
def test_a_later_event_is_kept_no_shorter_unless_said(start: date, more: int, terms: Terms) -> None:
    later = date.fromordinal(min(start.toordinal() + more, date.max.toordinal()))
    first, second = kept_through(start, terms), kept_through(later, terms)
    if never_falls(terms):
        assert second is None or (first is not None and first <= second)


def walked_to_the_end(day: date, align: Alignment) -> date:
    """Day by day, to the first that is the last of its unit."""

    def ends_here(day: date) -> bool:
        tomorrow = day + DAY
        match align.to:
            case AlignTo.NONE:
                return True
            case AlignTo.MONTH:
                return tomorrow.day == 1
            case AlignTo.QUARTER:
                return tomorrow.day == 1 and tomorrow.month in (1, 4, 7, 10)
            case AlignTo.CALENDAR_YEAR:
                return tomorrow.month == tomorrow.day == 1
        assert align.fiscal_year_ends is not None
        month, last = align.fiscal_year_ends
        return day.month == month and (day.day == last or (day.day < last and tomorrow.day == 1))

    while not ends_here(day):
        day += DAY
    return day


def walked(day: date, period: Period) -> date:
    """Another calendar: it walks day by day and knows only what tomorrow is."""
    wanted = day.day
    for _ in range(period.years * 12 + period.months):  # to the first of the next month
        day += DAY
        while day.day != 1:
            day += DAY
    if period.years or period.months:
        month = day.month
        day = day.replace(day=1)
        while day.day < wanted and (day + DAY).month == month:
            day += DAY
    for _ in range(period.weeks * 7 + period.days):
        day += DAY
    return day


def slowly_kept_through(start: date, terms: Terms) -> date:
    day = start
    for align in terms.align:
        day = walked_to_the_end(day, align)
    stopped = {one.first + n * DAY for one in terms.suspended for n in range((one.last - one.first).days + 1)}
    while day in stopped and day + DAY in stopped:
        day += DAY
    started = day
    for place, period in enumerate(terms.periods, start=1):
        before, day = day, walked(day, period)
        if terms.first_day_counts and place == len(terms.periods) and day != before:
            clamped = walked(before, replace(period, weeks=0, days=0)).day != before.day
            day = day if clamped else day - DAY
    running = started  # as many days go by again as the clock stood still, and it may stand still on those, too
    left = (day - started).days
    while left:
        running += DAY
        left -= running not in stopped
    day = running if day != started else day
    if terms.end is not None:
        day = walked_to_the_end(day, terms.end)
    if terms.business_days:
        country, _, part = terms.business_days.partition("-")
        off = holidays.country_holidays(country, subdiv=part or None, years=range(day.year, day.year + 2))
        while day.isoweekday() in (6, 7) or day in off:
            day += DAY
    return day


@settings(max_examples=120, deadline=None)
@given(st.dates(date(1996, 1, 1), date(2030, 12, 31)), terms_of_any_kind)
def test_a_second_calendar_agrees(start: date, terms: Terms) -> None:
    terms = replace(terms, transition=None)
    assert kept_through(start, terms) == slowly_kept_through(start, terms)


@settings(max_examples=120, deadline=None)
@given(st.dates(date(1996, 1, 1), date(2030, 12, 31)), terms_of_any_kind, terms_of_any_kind, st.data())
def test_a_law_that_changed_by_a_history_of_days(start: date, new: Terms, old: Terms, data: st.DataObject) -> None:
    """Day after day the text in force is asked whether the record may go; the first day on which it may is the end."""
    effective = data.draw(st.dates(start - 4000 * DAY, start + 4000 * DAY))
    reach = data.draw(st.sampled_from([Reach.RUNNING, Reach.EVENTS]))
    new, old = replace(new, transition=None), replace(old, transition=None)
    changed = replace(new, transition=Transition(effective=effective, reach=reach, before=old))
    by_old, by_new = slowly_kept_through(start, old), slowly_kept_through(start, new)
    today = start
    while True:
        in_force = by_old if today < effective or (reach is Reach.EVENTS and start < effective) else by_new
        if reach is Reach.EVENTS and start >= effective:
            in_force = by_new
        if today > in_force:
            break
        today += DAY
    assert kept_through(start, changed) == today - DAY


@pytest.mark.parametrize(("zone", "at"), [(zone, at) for zone, times in CHANGES.items() for at in times])
def test_local_dates_are_what_clocks_had_shown_and_will_show(zone: str, at: str) -> None:
    around = datetime.fromisoformat(at).replace(tzinfo=UTC)
    instants = [around + timedelta(minutes=minutes) for minutes in range(-3 * 1440, 3 * 1440, 15)]
    instants = sorted({*instants, *(around + timedelta(seconds=s) for s in range(-4000, 4000, 20))})
    shown = [instant.astimezone(zone_named(zone)).date() for instant in instants]
    latest, earliest = shown[0], shown[-1]
    for instant, day in zip(instants, shown, strict=True):
        latest = max(latest, day)
        assert calendar.starting_date(instant, zone) == latest
    for instant, day in reversed(list(zip(instants, shown, strict=True))):
        earliest = min(earliest, day)
        assert calendar.as_of_date(instant, zone) == earliest


@settings(max_examples=150, deadline=None)
@given(near_a_change, st.integers(-2, 2))
def test_a_day_begins_where_its_starting_date_does(change: tuple[str, datetime], more: int) -> None:
    zone, around = change
    day = around.date() + more * DAY
    begins = calendar.day_begins(day, zone)
    assert calendar.starting_date(begins, zone) >= day
    assert calendar.starting_date(begins - timedelta(microseconds=1), zone) < day


@settings(max_examples=150, deadline=None)
@given(near_a_change, st.integers(-90_000, 90_000), st.sampled_from([0, 1, 999_999]))
def test_local_cut_and_instant_of_agree(change: tuple[str, datetime], seconds: int, micros: int) -> None:
    zone, around = change
    instant = around + timedelta(seconds=seconds, microseconds=micros)
    cut = calendar.local_cut(instant, zone)
    assert calendar.instant_of(cut, zone) >= instant
    assert calendar.instant_of(cut - timedelta(microseconds=1), zone) < instant


@settings(max_examples=150, deadline=None)
@given(near_a_change, st.integers(-90_000, 90_000), st.integers(0, 90_000))
def test_instant_of_never_falls(change: tuple[str, datetime], seconds: int, more: int) -> None:
    zone, around = change
    stored = around.replace(tzinfo=None) + timedelta(seconds=seconds)
    first, second = (calendar.instant_of(at, zone) for at in (stored, stored + timedelta(seconds=more)))
    assert first <= second
