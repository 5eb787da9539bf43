"""The calendar against itself, and against a second one that counts day by day and second by second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.model.period import Period
from retention.model.starting_point import Alignment, AlignTo
from retention.planning import calendar
from retention.planning.zones import zone_named

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
days = st.one_of(st.dates(date(1990, 1, 1), date(2040, 12, 31)), st.dates())


@settings(max_examples=200, deadline=None)
@given(days, aligns, periods)
def test_cut_off_inverts_kept_through(today: date, align: Alignment, period: Period) -> None:
    cut = calendar.cut_off(today, align, period)
    if cut is not None:
        last = calendar.kept_through(cut, align, period)
        assert last is not None
        assert last < today
    following = date.min if cut is None else cut + DAY
    kept = calendar.kept_through(following, align, period)
    assert kept is None or kept >= today


@settings(max_examples=200, deadline=None)
@given(days, st.integers(0, 800), aligns, periods)
def test_a_later_start_is_never_kept_shorter(start: date, more: int, align: Alignment, period: Period) -> None:
    later = date.fromordinal(min(start.toordinal() + more, date.max.toordinal()))
    first, second = calendar.kept_through(start, align, period), calendar.kept_through(later, align, period)
    assert second is None or (first is not None and first <= second)


def slowly_kept_through(start: date, align: Alignment, period: Period) -> date:
    """Another calendar: it walks day by day and knows only what tomorrow is."""

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

    day = start
    while not ends_here(day):
        day += DAY
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


@settings(max_examples=80, deadline=None)
@given(st.dates(date(1996, 1, 1), date(2030, 12, 31)), aligns, periods)
def test_a_second_calendar_agrees(start: date, align: Alignment, period: Period) -> None:
    assert calendar.kept_through(start, align, period) == slowly_kept_through(start, align, period)


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
