from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from retention.model.alignment import Alignment, AlignTo
from retention.model.errors import RetentionError
from retention.model.period import Period
from retention.model.terms import Terms
from retention.planning import calendar
from retention.planning.counting import kept_through
from retention.planning.zones import zone_named, zone_names

YEAR = Alignment(to=AlignTo.CALENDAR_YEAR)
P = Period.parse


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_one_instant_is_in_two_years() -> None:
    instant = utc("2025-12-31T23:30:00")
    ends = {
        zone: kept_through(calendar.starting_date(instant, zone), Terms.plain(P("P1Y"), YEAR))
        for zone in ("Europe/Berlin", "America/Los_Angeles")
    }
    assert ends == {"Europe/Berlin": date(2027, 12, 31), "America/Los_Angeles": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("day", "zone", "begins"),
    [
        ("2026-07-01", "Europe/Berlin", "2026-06-30T22:00:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00"),  # 00:00 -> 01:00
        ("2022-03-27", "Asia/Beirut", "2022-03-26T22:00:00"),  # 00:00 -> 01:00
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00"),  # 24:00 -> 23:00: Sunday begins once
        ("2021-11-07", "America/Havana", "2021-11-07T04:00:00"),  # 01:00 -> 00:00, the same day
        ("2023-10-29", "Atlantic/Azores", "2023-10-29T00:00:00"),
        ("2023-10-29", "America/Scoresbysund", "2023-10-29T00:00:00"),
        ("2006-10-29", "America/St_Johns", "2006-10-29T02:30:00"),  # 00:01 -> 23:01, back over midnight
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00"),  # a day that never was: the next one's beginning
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00:00"),
    ],
)
def test_a_day_begins_at_the_first_instant_that_exists(day: str, zone: str, begins: str) -> None:
    assert calendar.day_begins(date.fromisoformat(day), zone) == utc(begins)


def test_back_over_midnight_a_start_is_later_and_as_of_earlier() -> None:
    zone, change = "America/St_Johns", utc("2006-10-29T02:31:00")  # 00:01 on the 29th -> 23:01 on the 28th
    for minutes in (-1, 0, 30, 58):
        instant = change + timedelta(minutes=minutes)
        assert calendar.starting_date(instant, zone) == date(2006, 10, 29)
        assert calendar.as_of_date(instant, zone) == date(2006, 10, 28)
    assert calendar.starting_date(change - timedelta(minutes=2), zone) == date(2006, 10, 28)
    assert calendar.as_of_date(change + timedelta(minutes=59), zone) == date(2006, 10, 29)


@pytest.mark.parametrize(
    ("stored", "zone", "instant"),
    [
        ("2018-11-04T00:30:00", "America/Sao_Paulo", "2018-11-04T03:00:00"),  # skipped: the change itself
        ("2018-11-04T00:00:00", "America/Sao_Paulo", "2018-11-04T03:00:00"),
        ("2018-11-03T23:59:59", "America/Sao_Paulo", "2018-11-04T02:59:59"),
        ("2025-10-26T02:30:00", "Europe/Berlin", "2025-10-26T01:30:00"),  # shown twice: the later
        ("2025-10-26T01:59:59", "Europe/Berlin", "2025-10-25T23:59:59"),
        ("2025-03-30T02:30:00.5", "Europe/Berlin", "2025-03-30T01:00:00"),
        ("0001-01-01T00:00:00", "Asia/Tokyo", "0001-01-01T00:00:00"),  # clamped
    ],
)
def test_instant_of_a_local_time(stored: str, zone: str, instant: str) -> None:
    assert calendar.instant_of(datetime.fromisoformat(stored), zone) == utc(instant)


@pytest.mark.parametrize(
    ("instant", "zone", "cut"),
    [
        ("2018-11-04T03:00:00", "America/Sao_Paulo", "2018-11-04T00:00:00"),
        ("2018-11-04T03:00:01", "America/Sao_Paulo", "2018-11-04T01:00:01"),
        ("2025-10-26T00:30:00", "Europe/Berlin", "2025-10-26T02:00:00"),  # the first 02:30: no stored time means it
        ("2025-10-26T01:30:00", "Europe/Berlin", "2025-10-26T02:30:00"),
        ("2025-07-01T00:00:00", "Europe/Berlin", "2025-07-01T02:00:00"),
    ],
)
def test_local_cut(instant: str, zone: str, cut: str) -> None:
    assert calendar.local_cut(utc(instant), zone) == datetime.fromisoformat(cut)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_ends_of_the_calendar_are_no_accident(zone: str) -> None:
    for instant in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert abs(calendar.starting_date(instant, zone).year - instant.year) == 0
        assert calendar.as_of_date(instant, zone) == calendar.starting_date(instant, zone)
        calendar.local_cut(instant, zone)
    for day in (date.min, date.max):
        assert abs(calendar.day_begins(day, zone).replace(tzinfo=None) - datetime.combine(day, time())) <= timedelta(1)


def test_times_must_say_whether_they_have_a_zone() -> None:
    with pytest.raises(ValueError, match="must carry a zone"):
        calendar.starting_date(datetime.fromisoformat("2025-01-01"), "UTC")
    with pytest.raises(ValueError, match="must not carry a zone"):
        calendar.instant_of(utc("2025-01-01T00:00:00"), "UTC")


def test_zones_come_from_the_wheel_and_an_unknown_one_is_refused() -> None:
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"} <= zone_names()
    assert all(zone_named(name).key == name for name in ("UTC", "Europe/Berlin", "US/Pacific"))
    with pytest.raises(RetentionError, match=r"R280.*'Europe/Berlim'(.|\n)*Europe/Berlin"):
        zone_named("Europe/Berlim")
