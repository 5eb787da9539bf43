"""When the verdict on one group changes next, if nothing is written meanwhile. Exact, and reads no clock.

Between two instants at which something happens (an event that lies in the future, the end of a hold or of a cool-down)
a decision only ever moves one way: what has ended stays ended. So the first instant of the next state is found by
bisection, and no day need be tried one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from retention.model.hold import HoldClass
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import TimeColumn
from retention.model.verdict import Decision, Verdict
from retention.planning.cool_down import Heard, cooled
from retention.planning.decide import decide
from retention.planning.events import relationship_ends
from retention.planning.facts import ClaimOn, RowFacts
from retention.planning.leaves import Moment
from retention.planning.stored_time import Reading, read

MOST = 12  # changes of one group that are looked for
_SECOND = timedelta(seconds=1)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """From ``at`` on a hold no longer protects, or a claims assessment; ``covered`` and ``claims`` are what then covers
    the group, as in RowFacts."""

    at: datetime
    covered: Mapping[HoldClass, bool | None]
    claims: tuple[ClaimOn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """One text of a rule, and what it finds of the group. ``releases`` in the order in which they come."""

    rule: Rule
    facts: RowFacts
    lead: Period
    releases: tuple[Release, ...] = ()

    def decided(self, instant: datetime) -> Decision:
        past = [release for release in self.releases if release.at <= instant]
        facts = replace(self.facts, covered=past[-1].covered, claims=past[-1].claims) if past else self.facts
        return decide(self.rule, facts, instant, self.lead)

    def without_holds(self) -> Reads:
        return replace(self, facts=replace(self.facts, covered={}), releases=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier text that must agree before ``until``. ``reads`` None: there was none, or it permits nothing."""

    until: datetime
    reads: Reads | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """All that decides one group as time passes, while no row, hold, rule or fact is written."""

    present: Reads
    earlier: tuple[Earlier, ...] = ()

    def decided(self, instant: datetime) -> Decision:
        """As `decide` says, with the earlier texts heard that still count."""
        return cooled(self.present.rule, self.present.decided(instant), map(_heard(instant), self._counting(instant)))

    def without_holds(self) -> Course:
        """The same, if no hold had ever been placed."""
        earlier = (replace(one, reads=one.reads and one.reads.without_holds()) for one in self.earlier)
        return Course(present=self.present.without_holds(), earlier=tuple(earlier))

    def _counting(self, instant: datetime) -> Iterator[Earlier]:
        return (earlier for earlier in self.earlier if instant < earlier.until)

    def state(self, instant: datetime) -> tuple[Decision, ...]:
        """What each text says by itself: equal where nothing has changed."""
        texts = [self.present, *(one.reads for one in self._counting(instant) if one.reads is not None)]
        return tuple(text.decided(instant) for text in texts)

    def breaks(self) -> Iterator[datetime]:
        """The instants at which something happens that is not the end of a period."""
        yield from (earlier.until for earlier in self.earlier)
        for text in (self.present, *(one.reads for one in self.earlier if one.reads is not None)):
            yield from (release.at for release in text.releases)
            for event in _events(text.rule, text.facts):
                if isinstance(event, datetime):
                    yield event.astimezone(UTC)
                elif isinstance(event, date) and (begins := day_comes(event, text.rule.zone)) is not None:
                    yield begins


def _heard(instant: datetime) -> Callable[[Earlier], Heard]:
    def heard(earlier: Earlier) -> Heard:
        if earlier.reads is None:
            return Heard(until=earlier.until)
        return Heard(until=earlier.until, rule=earlier.reads.rule, decision=earlier.reads.decided(instant))

    return heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From the instant ``at`` on the verdict is that of ``decision``."""

    at: datetime
    decision: Decision


def next_change(course: Course, as_of: datetime) -> Change | None:
    """The first instant after ``as_of`` with another verdict; None: time alone brings none."""
    return next(_changes(course, as_of), None)


def changes_ahead(course: Course, as_of: datetime) -> tuple[Change, ...]:
    """All that time alone brings, one after the other, up to the first *due*: from there a run takes over."""
    found: list[Change] = []
    for change in _changes(course, as_of):
        found.append(change)
        if change.decision.verdict is Verdict.DUE or len(found) == MOST:
            break
    return tuple(found)


def _changes(course: Course, as_of: datetime) -> Iterator[Change]:
    verdict = course.decided(as_of).verdict
    for instant in _new_states(course, as_of.astimezone(UTC)):
        decision = course.decided(instant)
        if decision.verdict is not verdict:
            verdict = decision.verdict
            yield Change(at=instant, decision=decision)


def _new_states(course: Course, since: datetime) -> Iterator[datetime]:
    """Every instant after ``since`` at which a state begins, and some at which none does."""
    for stop in [*sorted({one for one in course.breaks() if since < one < _LAST}), _LAST]:
        while (begins := _first_other_state(course, since, stop)) is not None:
            yield begins
            since = begins
        if stop != _LAST:
            yield stop
        since = stop


def _first_other_state(course: Course, since: datetime, stop: datetime) -> datetime | None:
    """Between the two; None: the state lasts until ``stop``."""
    present = course.state(since)
    return first_instant(since, stop, lambda instant: course.state(instant) != present)


def first_instant(since: datetime, stop: datetime, holds: Callable[[datetime], bool]) -> datetime | None:
    """The first whole second after ``since`` and before ``stop`` at which something holds that stays so."""
    start = since.replace(microsecond=0) + _SECOND
    seconds = range(-((start - stop) // _SECOND))  # rounded up: the last of them lies before stop
    found = bisect_left(seconds, True, key=lambda second: holds(start + second * _SECOND))
    return start + found * _SECOND if found < len(seconds) else None


def day_comes(day: date, zone: str) -> datetime | None:
    """The first instant of which the local date, as a decision takes it, is ``day`` or later; None: in no year."""
    around = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if not timedelta(days=3) < around - datetime.min.replace(tzinfo=UTC) or _LAST - around < timedelta(days=3):
        return None
    since, stop = around - timedelta(days=2), around + timedelta(days=2)
    return first_instant(since, stop, lambda instant: Moment(instant=instant, zone=zone).today >= day)


def _events(rule: Rule, facts: RowFacts) -> Iterator[Reading]:
    """Every time that the rule reads of the group."""
    if rule.relationship is not None:
        yield from relationship_ends(rule.relationship, facts)
    for at in _time_columns(rule.clauses, rule.relationship and rule.relationship.otherwise):
        yield read(facts.row[at.column], at)


def _time_columns(*values: object) -> Iterator[TimeColumn]:
    """However deep they stand, so that no kind of starting point is forgotten."""
    for value in values:
        if isinstance(value, TimeColumn):
            yield value
        elif isinstance(value, tuple):
            yield from _time_columns(*value)
        elif is_dataclass(value) and not isinstance(value, type | Enum):
            yield from _time_columns(*(getattr(value, field.name) for field in fields(value)))
