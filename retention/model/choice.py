"""Periods that differ from row to row: by the length of the relationship, or as another table says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retention.model.join import Lookup
from retention.model.period import Period

MOST = 12_000  # units: a thousand years of months


class Unit(StrEnum):
    """What a number in a column counts, or how a text in it is written."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    ISO = "iso"  # P6M


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodColumn:
    """The period stands in a column of another row: each business customer sets its own."""

    at: Lookup
    unit: Unit

    def period(self, stored: object) -> Period | None:
        """None, and so unknown: NULL, no whole number from 1 to 12,000, or a text that is no period."""
        if self.unit is Unit.ISO:
            try:
                return Period.parse(stored) if isinstance(stored, str) else None
            except ValueError:
                return None
        if isinstance(stored, bool) or not isinstance(stored, int) or not 1 <= stored <= MOST:
            return None
        return Period(**{self.unit.value: stored})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """``shorter_than``: of relationships whose length is less; None: of all others."""

    shorter_than: Period | None
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The length of the relationship, from its first start to its last end, chooses the period. Gaps are part of it.
    In the order of their lengths; the last is of all others."""

    tiers: tuple[Tier, ...]
