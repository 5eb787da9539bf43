"""When a schedule last fired: cron's five fields, or a preset. In UTC, as Airflow reads the schedules of datasets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

_PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FARTHEST = 366 * 8  # days: 29 February comes round within that


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    any_day: bool
    any_weekday: bool

    def on(self, at: datetime) -> bool:
        """Whether it fires on this day: as cron has it, either of day and weekday where both are restricted."""
        day, weekday = at.day in self.days, at.isoweekday() % 7 in self.weekdays
        fits = day and weekday if self.any_day or self.any_weekday else day or weekday
        return at.month in self.months and fits


def last_firing(schedule: str, before: datetime) -> datetime | None:
    """The latest firing at or before ``before``; None for a schedule that never fires, or that cannot be read."""
    try:
        cron = _parsed(schedule)
    except ValueError:
        return None
    at = before.astimezone(UTC)
    for back in range(_FARTHEST):
        day = at - timedelta(days=back)
        latest = at.time() if back == 0 else time(23, 59)
        if cron.on(day) and (found := _latest(cron, latest)):
            return datetime.combine(day.date(), found, UTC)
    return None


def _latest(cron: _Cron, until: time) -> time | None:
    for hour in sorted((hour for hour in cron.hours if hour <= until.hour), reverse=True):
        minutes = [minute for minute in cron.minutes if hour < until.hour or minute <= until.minute]
        if minutes:
            return time(hour, max(minutes))
    return None


def _parsed(schedule: str) -> _Cron:
    fields = _PRESETS.get(schedule, schedule).lower().split()
    minute, hour, day, month, weekday = fields
    return _Cron(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        days=_numbers(day, 1, 31),
        months=_numbers(month, 1, 12, _MONTHS),
        weekdays=frozenset(number % 7 for number in _numbers(weekday, 0, 7, _DAYS)),
        any_day=day.startswith("*"),
        any_weekday=weekday.startswith("*"),
    )


def _numbers(field: str, first: int, last: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """``*``, ``5``, ``1-5``, ``*/15``, ``1-31/2``, lists of these. Raises ValueError."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, dash, high = span.partition("-")
        if span == "*":
            begin, end = first, last
        else:
            begin = _number(low, names)
            end = _number(high, names) if dash else (last if step else begin)
        found.update(range(begin, end + 1, int(step or 1)))
    if not found or min(found) < first or max(found) > last:
        raise ValueError(f"{field!r} is out of range")
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    return int((names or {}).get(text, text))
