from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from retention.model.starting_point import Stored, TimeColumn
from retention.planning.stored_time import OPEN, UNKNOWN, read


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def column(stored: Stored, *open_values: str) -> TimeColumn:
    zone = "Europe/Berlin" if stored.local else None
    return TimeColumn(column="at", stored=stored, stored_zone=zone, open_values=open_values)


@pytest.mark.parametrize(
    ("stored", "value", "read_as"),
    [
        (Stored.DATE, date(2024, 2, 29), date(2024, 2, 29)),
        (Stored.DATE, "2024-02-29", date(2024, 2, 29)),
        (Stored.DATETIME, naive("2025-12-31T23:30:00"), utc("2025-12-31T22:30:00")),
        (Stored.DATETIME, "2025-12-31 23:30:00", utc("2025-12-31T22:30:00")),
        (Stored.DATETIME, "2025-12-31 23:30:00.25", utc("2025-12-31T22:30:00.250")),
        (Stored.INSTANT, datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=1))), utc("2024-12-31T23:00:00")),
        (Stored.ISO_UTC, "2025-12-31T23:30:00Z", utc("2025-12-31T23:30:00")),
        (Stored.ISO_UTC, "2025-12-31T23:30:00.000001Z", utc("2025-12-31T23:30:00.000001")),
        (Stored.ISO_UTC, "2025-12-31T23:30:00.5+00:00", utc("2025-12-31T23:30:00.5")),
        (Stored.ISO_LOCAL, "2025-12-31T23:30:00", utc("2025-12-31T22:30:00")),
        (Stored.ISO_LOCAL, "2025-07-01 00:30:00.25", utc("2025-06-30T22:30:00.250")),
        (Stored.ISO_DATE, "2024-02-29", date(2024, 2, 29)),
        (Stored.EPOCH_S, 0, utc("1970-01-01T00:00:00")),
        (Stored.EPOCH_S, -62_135_596_800, utc("0001-01-01T00:00:00")),
        (Stored.EPOCH_MS, 1_500, utc("1970-01-01T00:00:01.5")),
    ],
)
def test_what_can_be_read(stored: Stored, value: object, read_as: object) -> None:
    assert read(value, column(stored)) == read_as


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        *((stored, None) for stored in Stored),
        *((stored, "n/a") for stored in Stored),
        *((stored, 1.5) for stored in Stored),
        (Stored.DATE, "2023-02-29"),
        (Stored.DATE, "20240229"),
        (Stored.DATE, "2024-02-29 "),
        (Stored.DATE, "0000-01-01"),
        (Stored.DATE, naive("2024-02-29T00:00:00")),
        (Stored.DATETIME, date(2024, 2, 29)),
        (Stored.DATETIME, utc("2024-02-29T00:00:00")),
        (Stored.DATETIME, "2024-02-29"),
        (Stored.DATETIME, "2024-02-29T00:00:00"),
        (Stored.DATETIME, "2024-02-29 24:00:00"),
        (Stored.DATETIME, "2016-12-31 23:59:60"),
        (Stored.DATETIME, "2024-02-29 00:00:00.1234567"),
        (Stored.INSTANT, naive("2024-02-29T00:00:00")),
        (Stored.ISO_UTC, "2024-02-29T00:00:00"),
        (Stored.ISO_UTC, "2024-02-29T00:00:00+01:00"),
        (Stored.ISO_UTC, "2024-02-29 00:00:00+00:00"),
        (Stored.ISO_LOCAL, "2024-02-29T00:00:00Z"),
        (Stored.ISO_LOCAL, "2023-02-29 00:00:00"),
        (Stored.ISO_LOCAL, naive("2024-02-29T00:00:00")),
        (Stored.ISO_DATE, "2024-02-29 00:00:00"),
        (Stored.ISO_DATE, date(2024, 2, 29)),
        (Stored.DATE, "infinity"),
        (Stored.DATETIME, "0000-00-00"),
        (Stored.ISO_UTC, "2024-02-29T00:00Z"),
        (Stored.EPOCH_S, True),
        (Stored.EPOCH_S, "0"),
        (Stored.EPOCH_S, -62_135_596_801),
        (Stored.EPOCH_S, 253_402_300_800),
        (Stored.EPOCH_MS, 10**30),
    ],
)
def test_what_cannot_be_read_is_unknown(stored: Stored, value: object) -> None:
    assert read(value, column(stored)) is UNKNOWN


@pytest.mark.parametrize(
    ("stored", "value", "sentinel"),
    [
        (Stored.DATE, date(9999, 12, 31), "9999-12-31"),
        (Stored.DATE, "9999-12-31", "9999-12-31"),
        (Stored.DATETIME, naive("9999-12-31T00:00:00"), "9999-12-31"),
        (Stored.DATETIME, naive("9999-12-31T23:59:59"), "9999-12-31 23:59:59"),
        (Stored.INSTANT, utc("9999-12-31T00:00:00"), "9999-12-31"),
        (Stored.ISO_UTC, "never", "never"),
        (Stored.EPOCH_S, 0, "0"),
        (Stored.ISO_DATE, "0000-00-00", "0000-00-00"),
        (Stored.INSTANT, "infinity", "infinity"),
    ],
)
def test_a_declared_sentinel_is_open(stored: Stored, value: object, sentinel: str) -> None:
    assert read(value, column(stored, "1111-11-11", sentinel)) is OPEN
    assert read(value, column(stored)) is not OPEN
