"""The leaves of the decision: "the period that runs from this event has ended", with unknown as a third answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from retention.model.terms import Terms
from retention.planning.calendar import as_of_date, starting_date
from retention.planning.counting import kept_through
from retention.planning.stored_time import OPEN, UNKNOWN, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """As-of, in the calendar zone of a rule."""

    instant: datetime
    zone: str

    @property
    def today(self) -> date:
        return as_of_date(self.instant, self.zone)

    def happened(self, event: date) -> bool:
        """Whether an event (an instant, or a local day) lies at or before as-of."""
        if isinstance(event, datetime):
            return event <= self.instant.astimezone(UTC)
        return event <= self.today

    def day_of(self, event: date) -> date:
        return starting_date(event, self.zone) if isinstance(event, datetime) else event


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """``ended`` None: unknown. ``start`` is the local date of the event, None where it is open or unknown."""

    ended: bool | None
    start: date | None = None
    kept_through: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long a period runs from its start. ``lead`` days before its end count as its end."""

    terms: Terms
    lead: int = 0

    def leaf(self, event: Reading, moment: Moment) -> Leaf:
        if event is OPEN:
            return Leaf(ended=False)
        if event is UNKNOWN:
            return Leaf(ended=None)
        start = moment.day_of(event)
        last = kept_through(start, self.terms)
        if self.terms.immediate:
            return Leaf(ended=moment.happened(event), start=start, kept_through=last)
        ended = last is not None and last.toordinal() < moment.today.toordinal() + self.lead
        return Leaf(ended=ended, start=start, kept_through=last)

    def leaf_of_ceiling(self, event: Reading, moment: Moment) -> Leaf:
        """A start in the future is not believed of a ceiling: it would keep for ever what was collected long ago."""
        leaf = self.leaf(event, moment)
        if isinstance(event, date) and not moment.happened(event):
            return Leaf(ended=None, start=leaf.start)
        return leaf


def last_of(leaves: Iterable[Leaf]) -> Leaf:
    """The leaf of the last of several events, at least one: ended where all have, not where one has not."""
    together = tuple(leaves)
    answers = [leaf.ended for leaf in together]
    ended = False if False in answers else None if None in answers else True
    return Leaf(ended=ended, start=_one(max, together), kept_through=_one(max, together, last_days=True))


def agreed(leaves: Iterable[Leaf]) -> Leaf:
    """What all of them say; nobody can tell what they differ in, or where there is none."""
    together = set(leaves)
    if len(together) == 1:
        return together.pop()
    answers, starts = {leaf.ended for leaf in together}, {leaf.start for leaf in together}
    ended = answers.pop() if len(answers) == 1 else None
    return Leaf(ended=ended, start=starts.pop() if len(starts) == 1 else None)


def first_of(leaves: Iterable[Leaf]) -> Leaf:
    """The leaf of the first of several events, at least one: ended where one has, not where none has."""
    together = tuple(leaves)
    answers = [leaf.ended for leaf in together]
    ended = True if True in answers else None if None in answers else False
    if ended and None not in answers:  # what has not ended, or can still happen, comes after what has ended
        together = tuple(leaf for leaf in together if leaf.ended)
    return Leaf(ended=ended, start=_one(min, together), kept_through=_one(min, together, last_days=True))


def _one(choose: Callable[[Iterable[date]], date], leaves: Sequence[Leaf], *, last_days: bool = False) -> date | None:
    """The day that counts. An event that is open or unknown may come first or last: nobody can tell which counts."""
    starts = [leaf.start for leaf in leaves if leaf.start is not None]
    ends = [leaf.kept_through for leaf in leaves if leaf.kept_through is not None]
    days = ends if last_days else starts
    return choose(days) if len(starts) == len(days) == len(leaves) else None
