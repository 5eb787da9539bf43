"""How a clause counts, in one phrase: for the retention schedule and the DAG's page."""

from __future__ import annotations

from retention.model.choice import PeriodColumn, Tiers, Unit
from retention.model.clause import Clause, Role
from retention.model.counting_words import event_in_words, period_in_words, steps_in_words, unit_in_words
from retention.model.starting_point import Event, SeveralEvents, UnknownStart
from retention.model.terms import Terms

ROLES = {Role.FLOOR: "floor", Role.PURPOSE: "purpose", Role.CEILING: "ceiling"}
UNKNOWN_START = "undetermined: no law is known for these rows, so they are kept"


def counting_in_words(clause: Clause, mark: str = "") -> str:
    """ "for 6 years from the end of the calendar year of issued_on", "until closed_on", "2 years after left_on".

    ``mark`` stands around names of columns.
    """
    if isinstance(clause.start.event, UnknownStart):
        return UNKNOWN_START
    terms = clause.terms
    start, length = start_in_words(clause, mark), length_in_words(clause)
    at_once = clause.varies is None and clause.period.immediate
    if clause.role is Role.CEILING:
        said = f"as soon as {start} has come" if at_once else f"{length} after {start}"
    else:
        said = f"until {start}" if at_once else f"for {length} from {start}"
    return said + _beyond(terms) + _own_terms(clause.start.event, mark)


def length_in_words(clause: Clause) -> str:
    """ "6 years", "1 month and then 1 year", "as many months as tenants.months says", or the tiers, one by one."""
    varies = clause.varies
    if isinstance(varies, PeriodColumn):
        column = f"{varies.at.path[-1].table}.{varies.at.column}"
        return f"as long as {column} says" if varies.unit is Unit.ISO else f"as many {varies.unit} as {column} says"
    if isinstance(varies, Tiers):
        return ", ".join(
            f"{period_in_words(tier.period)} "
            + ("(else)" if tier.shorter_than is None else f"(relationship under {period_in_words(tier.shorter_than)})")
            for tier in varies.tiers
        )
    return " and then ".join(map(period_in_words, clause.terms.periods))


def start_in_words(clause: Clause, mark: str = "") -> str:
    """ "issued_on", or "the end of the calendar year of issued_on"."""
    if isinstance(clause.start.event, UnknownStart):
        return "unknown"
    start = event_in_words(clause.start.event, mark)
    for align in clause.terms.align:
        start = f"the end of the {unit_in_words(align)} of {start}"
    return start


def _beyond(terms: Terms) -> str:
    """What else the law says of the counting."""
    plain = Terms(periods=terms.periods, align=terms.align)
    more = [step for step in steps_in_words(terms) if step not in steps_in_words(plain)]
    return "".join(f", {step}" for step in more)


def _own_terms(event: Event, mark: str) -> str:
    """Of several events, those that count in a way of their own."""
    operands = event.operands if isinstance(event, SeveralEvents) else ()
    own = [(one.event, one.terms) for one in operands if one.terms is not None]
    return "".join(f"; {event_in_words(one, mark)}: {', '.join(steps_in_words(terms))}" for one, terms in own)
