"""The leaves of the decision: "the period that runs from this event has ended", with unknown as a third answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from retention.model.period import Period
from retention.model.starting_point import Alignment, AlignTo
from retention.planning.calendar import as_of_date, kept_through, starting_date
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

    align: Alignment
    period: Period
    lead: int = 0

    def leaf(self, event: Reading, moment: Moment) -> Leaf:
        if event is OPEN:
            return Leaf(ended=False)
        if event is UNKNOWN:
            return Leaf(ended=None)
        start = moment.day_of(event)
        last = kept_through(start, self.align, self.period)
        if self.period.immediate and self.align.to is AlignTo.NONE:
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
    starts = [leaf.start for leaf in together]
    if None in starts:  # an event that is open or unknown comes last, as far as anybody can tell
        return Leaf(ended=ended)
    ends = [leaf.kept_through for leaf in together if leaf.kept_through is not None]
    return Leaf(
        ended=ended,
        start=max(start for start in starts if start is not None),
        kept_through=max(ends) if len(ends) == len(together) else None,
    )
