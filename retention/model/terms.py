"""How long is kept from a starting point, and how the law counts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.model.period import Period
from retention.model.starting_point import Alignment


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
    before: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The steps from an event's local date to the last day on which a record is kept, in their order.

    The start moves to the end of each unit of ``align`` in turn; each of ``periods`` is added to what the one before
    gave; with ``first_day_counts`` the period ends a day earlier ("beginning with the day"); the end moves to the end
    of its unit ``end``; with ``business_days`` (ISO 3166, a subdivision after a dash) a weekend or public holiday of
    that jurisdiction moves it to the next business day. Empty ``periods``: immediately.
    """

    periods: tuple[Period, ...]
    align: tuple[Alignment, ...] = ()
    first_day_counts: bool = False
    end: Alignment | None = None
    business_days: str = ""
    transition: Transition | None = None
