"""Facts from elsewhere: events of subjects that another dataset, or a file, tells of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retention.model.period import Period
from retention.model.starting_point import TimeColumn


class NullMeans(StrEnum):
    """What a row without a date says of its subject."""

    OPEN = "open"  # the event has not come yet
    UNKNOWN = "unknown"  # it came, or not: nobody can tell
    NEVER = "never"  # nothing: the row is left out


class TimeKind(StrEnum):
    """How exactly an event is told."""

    DAY = "day"  # a calendar day, already local
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRows:
    """The rows of another dataset that tell of an event: of whom (``key``) and when (``at``)."""

    dataset: str
    table: str
    key: str
    at: TimeColumn
    null: NullMeans = NullMeans.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A declared event of subjects of one kind; of several of one subject the last one counts."""

    id: str
    title: str
    kind: str  # of subject
    rows: FactRows | None  # None: files tell it
    time: TimeKind
    fresh_days: int  # as-of may lie so many days after the instant up to which the facts are complete
    expires: Period  # after the event, where nothing is about its subject any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEnd:
    """An end of a relationship that a fact tells: what a rule needs to know of the fact."""

    fact: str
    time: TimeKind
    fresh_days: int
