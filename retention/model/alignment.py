"""Moving a day to the end of the unit in which it lies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlignTo(StrEnum):
    """The end of which unit a starting point moves to before the period is added."""

    NONE = "none"
    MONTH = "month"
    QUARTER = "quarter"
    CALENDAR_YEAR = "calendar_year"
    FISCAL_YEAR = "fiscal_year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Only where the law or the policy says so. ``fiscal_year_ends`` is (month, day), for FISCAL_YEAR alone;
    a day beyond the month's end means its last day, so (2, 29) is the end of February in every year."""

    to: AlignTo = AlignTo.NONE
    fiscal_year_ends: tuple[int, int] | None = None


NOT_MOVED = Alignment()
