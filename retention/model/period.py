"""A period of a rule: calendar years, months, weeks and days, never hours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_ISO = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """An ISO 8601 duration in calendar units; all zero means "immediately" (PT0S): the event itself."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``P6Y``, ``P1Y6M``, ``P2W``, ``P90D`` or ``PT0S``. Raises ValueError with the reason."""
        if text == "PT0S":
            return cls()
        match = _ISO.fullmatch(text)
        if match is None or not any(match.groups()):
            raise ValueError(
                f"{text!r} is not a period: write P6Y, P18M, P2W, P90D, a mix such as P1Y6M, or PT0S for immediately"
            )
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        if not (years or months or weeks or days):
            raise ValueError(f"{text!r} has no length: write PT0S for immediately")
        return cls(years=years, months=months, weeks=weeks, days=days)

    @property
    def immediate(self) -> bool:
        return not (self.years or self.months or self.weeks or self.days)

    @property
    def shortest_days(self) -> int:
        """The fewest days that the period can last, used for the lead before a ceiling."""
        return self.years * 365 + self.months * 28 + self.weeks * 7 + self.days

    def __str__(self) -> str:
        if self.immediate:
            return "PT0S"
        parts = ((self.years, "Y"), (self.months, "M"), (self.weeks, "W"), (self.days, "D"))
        return "P" + "".join(f"{number}{unit}" for number, unit in parts if number)
