"""Values of time columns for tests, near the instants at which something changes, and the dirt that real data has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from retention.model.starting_point import Stored, TimeColumn
from retention.planning.zones import zone_named
from tests.property.storing import ALWAYS, STORING, Storing

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "America/Sao_Paulo",  # clocks jumped over midnight
    "America/Havana",  # and go back over it
    "Pacific/Apia",  # a day that never was
    "Asia/Tokyo",
    "Africa/Monrovia",  # offsets with seconds
)
CHANGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2025-10-26T01:00:00Z",
        "2025-03-30T01:00:00Z",
        "2018-11-04T03:00:00Z",
        "2024-11-03T05:00:00Z",
        "2024-03-10T05:00:00Z",
        "2011-12-30T10:00:00Z",
        "1972-01-07T00:44:30Z",
    )
)
NOT_TEXT_TIMES: tuple[object, ...] = (
    "", "?", "2020-02-30", "1900-02-29", "2000-02-29", "0000-01-01", "10000-01-01", "2020-13-01", "2020-1-1",
    " 2020-01-01", "2020-01-01\n", "２０２０-01-01", "2020-01-01 24:00:00", "2020-01-01 23:59:60",
    "2020-01-01 00:00", "2020-01-01 00:00:00.", "2020-01-01 00:00:00.1234567", "2020-01-01T00:00:00",
    "2020-01-01T00:00:00z", "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00.1234567Z", "2020-01-01T24:00:00Z",
    "2020-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "0000-01-01T00:00:00Z",
    "2020-01-01T00:00:00+00:00", "2020-01-01 00:00:00.5x", "2020-04-31T10:00:00.5Z", "now",
    "infinity", "0000-00-00", "0000-00-00 00:00:00", "2020-01-01T00:00:00+01:00", "2020-01-01 00:00:00+00:00",
    "2020-01-01T00:00:00Z+00:00", "2020-01-01T00:00:00.000000+00:00", "2020-01-01t00:00:00",
)  # fmt: skip
SENTINELS = {
    Stored.DATE: "9999-12-31",
    Stored.DATETIME: "9999-12-31 00:00:00",
    Stored.INSTANT: "9999-12-31",
    Stored.ISO_UTC: "9999-12-31T00:00:00Z",
    Stored.ISO_LOCAL: "9999-12-31T00:00:00",
    Stored.ISO_DATE: "9999-12-31",
    Stored.EPOCH_S: "253402214400",
    Stored.EPOCH_MS: "253402214400000",
}


@dataclass(frozen=True)
class Value:
    """What is written into the database, and what its driver gives back; "?" for what Python cannot hold."""

    written: object
    read: object


NULL = Value(None, None)


def same(value: object) -> Value:
    return Value(value, value)


def stored(instant: datetime, at: TimeColumn, zone: str, dialect: str, digits: int) -> Value:
    """An instant (or its local day) as the column would hold it, texts with ``digits`` of their fraction."""
    storing = STORING[dialect]
    text = storing.loose
    match at.stored:
        case Stored.DATE:
            day = instant.astimezone(zone_named(zone)).date()
            return same(day.isoformat() if text else day)
        case Stored.DATETIME:
            local = instant.astimezone(zone_named(at.stored_zone or "UTC")).replace(tzinfo=None, fold=0)
            return same(_spelled(local, " ", digits) if text else local)
        case Stored.INSTANT:
            return same(instant.isoformat(sep=" ")) if text else _of_type(instant, storing)
        case Stored.ISO_UTC:
            return same(_spelled(instant.replace(tzinfo=None), "T", digits) + ("Z" if digits % 2 else "+00:00"))
        case Stored.ISO_LOCAL:
            local = instant.astimezone(zone_named(at.stored_zone or "UTC")).replace(tzinfo=None, fold=0)
            return same(_spelled(local, "T" if digits % 2 else " ", digits))
        case Stored.ISO_DATE:
            return same(instant.astimezone(zone_named(zone)).date().isoformat())
        case Stored.EPOCH_S:
            return same((instant - EPOCH) // timedelta(seconds=1))
        case _:
            return same((instant - EPOCH) // timedelta(milliseconds=1))


def _of_type(instant: datetime, storing: Storing) -> Value:
    """NULL for what does not fit."""
    first, last = storing.instants
    if not first <= instant <= last:
        return NULL
    return Value(instant if storing.zones else instant.astimezone(UTC).replace(tzinfo=None), instant)


def _spelled(local: datetime, between: str, digits: int) -> str:
    whole = local.replace(microsecond=0).isoformat(sep=between)
    fraction = f"{local.microsecond:06}"[:digits]
    return f"{whole}.{fraction}" if fraction else whole


def dirt(at: TimeColumn, dialect: str) -> st.SearchStrategy[Value]:
    """What does not say when, or says that there is no end."""
    loosely = STORING[dialect].loose
    if at.stored in (Stored.EPOCH_S, Stored.EPOCH_MS):
        numbers = (-(2**63), 2**63 - 1, -62_135_596_801, -62_135_596_800, 253_402_300_799, 253_402_300_800, 0, -1)
        milliseconds = (-62_135_596_800_001, -62_135_596_800_000, 253_402_300_799_999, 253_402_300_800_000)
        loose: tuple[object, ...] = ("abc", 1.5, b"\x00") if loosely else ()
        sentinel = int(SENTINELS[at.stored])
        return st.sampled_from([NULL, same(sentinel), *map(same, (*numbers, *milliseconds, *loose))])
    if loosely or at.stored in (Stored.ISO_UTC, Stored.ISO_LOCAL, Stored.ISO_DATE):
        loose = (20200101, 1.5, b"2020-01-01") if loosely else ()
        return st.sampled_from([NULL, same(SENTINELS[at.stored]), *map(same, (*NOT_TEXT_TIMES, *loose))])
    return _native_dirt(at, STORING[dialect])


def _beyond(text: str) -> Value:
    return Value(text, text[:10] if text.startswith(("infinity", "0000-00-00")) else "?")


def _native_dirt(at: TimeColumn, storing: Storing) -> st.SearchStrategy[Value]:
    """Of the database's own types."""
    last, first = date(9999, 12, 31), date(1, 1, 1)
    if at.stored is Stored.DATE:
        return st.sampled_from([NULL, same(last), same(first), *map(_beyond, storing.no_days)])
    ends = (ALWAYS[0], datetime.combine(last, time.min, tzinfo=UTC), ALWAYS[1])
    if at.stored is Stored.DATETIME:
        plain = [same(end.replace(tzinfo=None)) for end in ends]
        return st.sampled_from([NULL, *plain, *map(_beyond, storing.no_times)])
    believable = [_of_type(end, storing) for end in ends]
    return st.sampled_from([NULL, *believable, *map(_beyond, storing.no_instants)])


def instants(near: tuple[datetime, ...]) -> st.SearchStrategy[datetime]:
    """At one of these, just beside it, or anywhere."""
    steps = [timedelta(), timedelta(microseconds=1), timedelta(milliseconds=1), timedelta(seconds=1)]
    steps += [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=12), timedelta(days=1)]
    steps += [-step for step in steps]
    beside = st.builds(lambda base, step: base + step, st.sampled_from(near), st.sampled_from(steps))
    anywhere = st.integers(-150_000_000, 2_200_000_000).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
    return st.one_of(beside, beside, beside, anywhere)


def values(at: TimeColumn, zone: str, dialect: str, near: tuple[datetime, ...]) -> st.SearchStrategy[Value]:
    """What one time column of a row may hold."""
    clean = st.builds(
        lambda instant, digits: stored(instant, at, zone, dialect, digits),
        instants(near),
        st.sampled_from([0, 1, 3, 6]),
    )
    return st.one_of(clean, clean, clean, dirt(at, dialect))
