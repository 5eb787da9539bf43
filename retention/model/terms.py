"""How long is kept from a starting point, and how the law counts it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Self

from retention.model.alignment import NOT_MOVED, Alignment, AlignTo
from retention.model.period import Period


class Reach(StrEnum):
    """Which events the new text of a law reaches, from its effective date on."""

    RUNNING = "running"  # all whose old period had not ended before the effective date (Germany's vouchers, 2025)
    EVENTS = "events"  # those on the effective date or later; older ones keep the old period (Belgium's tax, 2023)
    CAPPED = "capped"  # older ones end with the new period, run from the effective date, if that is earlier (Spain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A law that changed. ``before``: the old text's terms, which may carry an older transition of their own."""

    effective: date  # the first local day of the new text
    reach: Reach
    before: Terms | None  # None: there was no such law; what it would have ended before, ends the day before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Days on which the law stopped the clock for everybody, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The steps from an event's local date to the last day on which a record is kept, in their order.

    The start moves to the end of each unit of ``align`` in turn; each of ``periods`` is added to what the one before
    gave; with ``first_day_counts`` the period ends a day earlier ("beginning with the day"); the end moves to the end
    of its unit ``end``; with ``business_days`` (ISO 3166, a subdivision after a dash) a weekend or public holiday of
    that jurisdiction moves it to the next business day. Of ``suspended`` days that fall into the period as many are
    added to it; what starts on one of them runs from the last. Empty ``periods``: immediately.
    """

    periods: tuple[Period, ...]
    align: tuple[Alignment, ...] = ()
    first_day_counts: bool = False
    end: Alignment | None = None
    business_days: str = ""
    suspended: tuple[Suspension, ...] = ()
    transition: Transition | None = None

    @property
    def immediate(self) -> bool:
        """It ends with the event itself, not with its day."""
        moved = self.align or self.end or self.business_days or self.suspended or self.transition
        return not moved and all(period.immediate for period in self.periods)

    @classmethod
    def plain(cls, period: Period, align: Alignment = NOT_MOVED) -> Self:
        """One period from the event, or from the end of the unit in which it lies."""
        return cls(periods=(period,), align=() if align.to is AlignTo.NONE else (align,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What terms say beyond one alignment and one period: the rest of each, and the other steps."""

    align: tuple[Alignment, ...] = ()
    periods: tuple[Period, ...] = ()
    first_day_counts: bool = False
    end: Alignment | None = None
    business_days: str = ""
    suspended: tuple[Suspension, ...] = ()
    transition: Transition | None = None

    @classmethod
    def of(cls, terms: Terms) -> Self | None:
        """None: nothing."""
        more = cls(
            align=terms.align[1:],
            periods=terms.periods[1:],
            first_day_counts=terms.first_day_counts,
            end=terms.end,
            business_days=terms.business_days,
            suspended=terms.suspended,
            transition=terms.transition,
        )
        return None if more == cls() else more

    def beyond(self, plain: Terms) -> Terms:
        """The whole, given the first alignment and period."""
        return replace(
            plain,
            align=(*plain.align, *self.align),
            periods=(*plain.periods, *self.periods),
            first_day_counts=self.first_day_counts,
            end=self.end,
            business_days=self.business_days,
            suspended=self.suspended,
            transition=self.transition,
        )
