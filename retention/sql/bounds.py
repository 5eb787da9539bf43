"""The bound value with which a time column is compared, exact for the way in which the column stores time.

``decide()`` says of one row whether a period has ended at as-of. Here the same question is inverted once per
statement: every value below the bound has ended, every other has not, so that an index on the bare column can serve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from retention.model.period import Period
from retention.model.starting_point import Stored, TimeColumn
from retention.model.terms import Terms
from retention.planning import calendar
from retention.planning.counting import passed_days

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What has passed at as-of. Exactly one of both is set, or none: then nothing has.

    ``before``: the first instant (UTC, whole seconds) that has not passed; ``through``: the last instant that has.
    ``last_day``: for columns of days, the last local day that has passed.
    """

    before: datetime | None = None
    through: datetime | None = None
    last_day: date | None = None

    @property
    def nothing(self) -> bool:
        return self.last_day is None

    def text(self) -> str:
        """A stable form for a watermark."""
        return "|".join("" if part is None else part.isoformat() for part in (self.before, self.through, self.last_day))

    @classmethod
    def from_text(cls, text: str) -> Bound:
        before, through, last_day = text.split("|")
        return cls(
            before=datetime.fromisoformat(before) if before else None,
            through=datetime.fromisoformat(through) if through else None,
            last_day=date.fromisoformat(last_day) if last_day else None,
        )


NOTHING = Bound()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The events that have passed ``until`` and not ``after`` (None: whatever came before)."""

    until: Bound
    after: Bound | None = None


def ranges(as_of: datetime, zone: str, terms: Terms, *, lead_days: int = 0) -> tuple[Range, ...]:
    """The events whose terms have ended at ``as_of``, or will have in ``lead_days`` days. One range at least."""
    if terms.immediate:
        return (Range(until=happened(as_of, zone)),)
    today = calendar.as_of_date(as_of, zone)
    passed = passed_days(today + timedelta(days=lead_days), terms)
    return tuple(
        Range(until=_through(days.through, zone), after=None if days.after is None else _through(days.after, zone))
        for days in passed
    ) or (Range(until=NOTHING),)


def ended(as_of: datetime, zone: str, period: Period) -> Bound:
    """The events whose plain period has ended at ``as_of``."""
    (only,) = ranges(as_of, zone, Terms.plain(period))
    return only.until


def _through(day: date, zone: str) -> Bound:
    day = min(day, date.max - timedelta(days=2))
    return Bound(before=calendar.day_begins(day + timedelta(days=1), zone), last_day=day)


def happened(as_of: datetime, zone: str) -> Bound:
    """The events that lie at or before ``as_of``."""
    return Bound(through=as_of, last_day=calendar.as_of_date(as_of, zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``column < value`` (or ``<=``) in the column's own terms."""

    value: object
    inclusive: bool


def comparison(bound: Bound, column: TimeColumn) -> Comparison | None:
    """How a column of this kind is compared with the bound; None where nothing has passed.

    Values are: a date for DATE and ISO_DATE, a naive datetime for DATETIME and ISO_LOCAL, an aware one for INSTANT,
    text without its ``Z`` for ISO_UTC, a whole number for the epochs.
    """
    if bound.last_day is None:
        return None
    if column.stored.of_days:
        return Comparison(value=bound.last_day, inclusive=True)
    instant = bound.before or bound.through
    if instant is None:
        raise AssertionError("a bound with a day has an instant")
    return Comparison(value=_in_terms_of(column, instant, bound.before is None), inclusive=bound.before is None)


def _in_terms_of(column: TimeColumn, instant: datetime, inclusive: bool) -> object:
    match column.stored:
        case Stored.INSTANT:
            return instant
        case Stored.ISO_UTC:
            return instant.astimezone(UTC).replace(tzinfo=None).isoformat()
        case Stored.EPOCH_S:
            return (instant - EPOCH) // timedelta(seconds=1)
        case Stored.EPOCH_MS:
            return (instant - EPOCH) // timedelta(milliseconds=1)
    if column.stored_zone is None:
        raise AssertionError(f"{column.column} stores local time and declares no zone")
    if inclusive:  # the values v with instant_of(v) <= instant are those before the cut of the next microsecond
        return calendar.local_cut(instant + timedelta(microseconds=1), column.stored_zone) - timedelta(microseconds=1)
    return calendar.local_cut(instant, column.stored_zone)
