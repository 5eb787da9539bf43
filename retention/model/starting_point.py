"""The event from which a period runs, how its instant is stored, and how it is aligned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from retention.model.alignment import NOT_MOVED, Alignment
from retention.model.terms import Terms

SingleEvent: TypeAlias = "ColumnEvent | RelationshipEnd"
Event: TypeAlias = "ColumnEvent | RelationshipEnd | SeveralEvents | UnknownStart"


class Stored(StrEnum):
    """How a column stores an instant or a day."""

    DATE = "date"  # a calendar day, already local
    DATETIME = "datetime"  # local date and time without a zone: the column declares one
    INSTANT = "instant"  # timestamp with time zone
    ISO_UTC = "iso_utc"  # text, 2025-12-31T23:30:00Z, or with +00:00 instead of Z; fractions allowed
    ISO_LOCAL = "iso_local"  # text, 2025-12-31T23:30:00, or with a blank instead of T; the column declares a zone
    ISO_DATE = "iso_date"  # text, 2025-12-31
    EPOCH_S = "epoch_s"  # seconds since 1970-01-01T00:00:00Z
    EPOCH_MS = "epoch_ms"  # milliseconds since 1970-01-01T00:00:00Z

    @property
    def of_text(self) -> bool:
        """Whether it is a text on every database."""
        return self in (Stored.ISO_UTC, Stored.ISO_LOCAL, Stored.ISO_DATE)

    @property
    def of_days(self) -> bool:
        """Whether it holds calendar days, which have no time."""
        return self in (Stored.DATE, Stored.ISO_DATE)

    @property
    def local(self) -> bool:
        """Whether it holds times without a zone, so that the column declares one."""
        return self in (Stored.DATETIME, Stored.ISO_LOCAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumn:
    """A column of the table at hand that holds a time."""

    column: str
    stored: Stored
    stored_zone: str | None = None  # IANA name; only for DATETIME and ISO_LOCAL, which cannot do without
    open_values: tuple[str, ...] = ()  # declared sentinels, e.g. "9999-12-31": no end is known, it is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """How a column seems to store times: ``read`` of ``of`` values that were looked at read so. ``stored`` None: none
    reads as a time."""

    stored: Stored | None
    read: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEvent:
    """The event's time stands in a column of the root row."""

    at: TimeColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipEnd:
    """The end of the last relationship of the row's subject (see Relationship); NULL or future means active."""


class Which(StrEnum):
    """Of several events, the one from which the period runs."""

    LATEST = "latest"
    EARLIEST = "earliest"


class WhenNull(StrEnum):
    """What it means that one of several events has no time."""

    PENDING = "pending"  # it can still happen
    NEVER = "never"  # it did not happen and will not: it is left out
    UNKNOWN = "unknown"  # it happened or not, nobody can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """One of several events. At the end of a relationship NULL is active, whatever is said here."""

    event: SingleEvent
    when_null: WhenNull
    terms: Terms | None = None  # how long from this event; None: as the clause says


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralEvents:
    """The latest or the earliest of two or more events."""

    which: Which
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownStart:
    """Nobody can tell from when the period runs: the law of a country that a rule does not cover."""


def single_events(event: Event) -> tuple[SingleEvent, ...]:
    """The event itself, or those of which one counts; none where nobody can tell."""
    if isinstance(event, UnknownStart):
        return ()
    return tuple(one.event for one in event.operands) if isinstance(event, SeveralEvents) else (event,)


def times_of(event: Event) -> tuple[TimeColumn, ...]:
    """The time columns of the root row that are read for an event."""
    return tuple(one.at for one in single_events(event) if isinstance(one, ColumnEvent))


def runs_from_relationship(event: Event) -> bool:
    """Whether the end of the relationship is the event, or one of several."""
    return any(isinstance(one, RelationshipEnd) for one in single_events(event))


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    """Event and alignment together."""

    event: Event
    align: Alignment = NOT_MOVED
