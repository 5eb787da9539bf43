"""Business days: neither a weekend nor a public holiday of a jurisdiction. From the pinned package ``holidays``.

It knows the holidays of recent times and of those to come; before 1950 and after 2100 only weekends are told apart.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_WEEKEND = frozenset({5, 6})


@cache
def jurisdictions() -> frozenset[str]:
    """Those whose holidays are known: ISO 3166 codes of countries, and of subdivisions after a dash."""
    known = holidays.list_supported_countries(include_aliases=False)
    parts = {f"{country}-{part}" for country, subdivisions in known.items() for part in subdivisions}
    return frozenset({*known, *parts})


def next_business_day(day: date, jurisdiction: str) -> date | None:
    """The day itself, if it is one; never falls as ``day`` rises. None: it lies beyond the calendar.

    Raises KeyError for a jurisdiction whose holidays are not known.
    """
    if jurisdiction not in jurisdictions():
        raise KeyError(jurisdiction)
    while not _is_business_day(day, jurisdiction):
        if day == date.max:
            return None
        day += timedelta(days=1)
    return day


def _is_business_day(day: date, jurisdiction: str) -> bool:
    weekend, days_off = _off(jurisdiction, day.year)
    return day.weekday() not in weekend and day not in days_off


@cache
def _off(jurisdiction: str, year: int) -> tuple[frozenset[int], frozenset[date]]:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return _WEEKEND, frozenset()
    country, _, part = jurisdiction.partition("-")
    known = holidays.country_holidays(country, subdiv=part or None, years=[year])
    return frozenset(known.weekend), frozenset(known)
