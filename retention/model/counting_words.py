"""Events and terms in words, for people who read what a rule says."""

from __future__ import annotations

from retention.model.alignment import Alignment, AlignTo
from retention.model.period import Period
from retention.model.starting_point import ColumnEvent, Event, SeveralEvents, WhenNull
from retention.model.terms import Reach, Terms, Transition

_UNITS = {
    AlignTo.MONTH: "month",
    AlignTo.QUARTER: "quarter",
    AlignTo.CALENDAR_YEAR: "calendar year",
    AlignTo.FISCAL_YEAR: "fiscal year",
}
_WHEN_NULL = {WhenNull.PENDING: "open while NULL", WhenNull.NEVER: "left out if NULL", WhenNull.UNKNOWN: ""}
_FIRST = "the day of the event counts as the first"
_FIRST_OF_CHAIN = "the day on which the last period begins counts as its first"
_REACH = {
    Reach.RUNNING: "for all that had not ended by then",
    Reach.EVENTS: "for events from that day on",
    Reach.CAPPED: "for older events at most that long from that day",
}


def period_in_words(period: Period) -> str:
    """``P1Y6M`` is "1 year 6 months"; the empty period is "at once"."""
    parts = ((period.years, "year"), (period.months, "month"), (period.weeks, "week"), (period.days, "day"))
    return " ".join(f"{number} {unit}{'s' if number > 1 else ''}" for number, unit in parts if number) or "at once"


def event_in_words(event: Event, mark: str = "") -> str:
    """``issued_on``, "the end of the relationship", or "the latest of ..", each named once. ``mark`` stands around
    names of columns."""
    if isinstance(event, ColumnEvent):
        return f"{mark}{event.at.column}{mark}"
    if not isinstance(event, SeveralEvents):
        return "the end of the relationship"
    named: dict[str, None] = {}
    for one in event.operands:
        null = _WHEN_NULL[one.when_null] if isinstance(one.event, ColumnEvent) else ""
        named[event_in_words(one.event, mark) + (f" ({null})" if null else "")] = None
    operands = list(named)
    if len(operands) == 1:
        return operands[0]
    return f"the {event.which} of {', '.join(operands[:-1])} and {operands[-1]}"


def unit_in_words(align: Alignment) -> str:
    """ "calendar year", "fiscal year (to 06-30)"."""
    if align.fiscal_year_ends is None:
        return _UNITS[align.to]
    return "fiscal year (to {:02}-{:02})".format(*align.fiscal_year_ends)


def steps_in_words(terms: Terms) -> tuple[str, ...]:
    """Each step from the event to the last day, in its order."""
    steps = [f"moved to the end of its {unit_in_words(align)}" for align in terms.align]
    steps += [f"+ {period_in_words(period)}" for period in terms.periods if not period.immediate]
    if terms.first_day_counts:
        steps.append(_FIRST_OF_CHAIN if len(terms.periods) > 1 else _FIRST)
    for stop in terms.suspended:
        steps.append(f"the clock stood still from {stop.first.isoformat()} to {stop.last.isoformat()}")
    if terms.end is not None and terms.end.to is not AlignTo.NONE:
        steps.append(f"the end moved to the end of its {unit_in_words(terms.end)}")
    if terms.business_days:
        steps.append(f"moved to the next business day ({terms.business_days})")
    if terms.transition is not None:
        steps.append(_changed(terms.transition))
    return tuple(steps) or ("at once",)


def _changed(transition: Transition) -> str:
    before = "nothing" if transition.before is None else ", ".join(steps_in_words(transition.before))
    return f"since {transition.effective.isoformat()}, {_REACH[transition.reach]}; before: {before}"
