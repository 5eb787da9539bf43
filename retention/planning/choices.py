"""Which of its periods a clause has for one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from retention.model.choice import PeriodColumn, Tiers
from retention.model.clause import Clause
from retention.model.period import Period
from retention.model.rule import Relationship, Rule
from retention.model.terms import Terms
from retention.planning.counting import kept_through
from retention.planning.facts import RowFacts
from retention.planning.stored_time import read


def possible_terms(clause: Clause, rule: Rule, facts: RowFacts) -> tuple[Terms, ...]:
    """Those that the clause may have for the row: one where that is known, none where nobody can tell any."""
    match clause.varies:
        case None:
            return (clause.terms,)
        case PeriodColumn(at=at):
            period = clause.varies.period(facts.looked_up[at])
            return () if period is None else (clause.terms_with(period),)
        case Tiers():
            return tuple(clause.terms_with(period) for period in _of_length(clause.varies, rule.relationship, facts))


def _of_length(varies: Tiers, relationship: Relationship | None, facts: RowFacts) -> tuple[Period, ...]:
    """The period of the relationship's length; all where that is unknown, or not over."""
    length = None if relationship is None else _length(relationship, facts)
    if length is None:
        return tuple(tier.period for tier in varies.tiers)
    first, last = length
    for tier in varies.tiers:
        if tier.shorter_than is None or not _reaches(first, tier.shorter_than, last):
            return (tier.period,)
    raise ValueError("the last tier is of all other lengths")


def _reaches(first: date, length: Period, last: date) -> bool:
    through = kept_through(first, Terms.plain(length))
    return through is not None and through <= last


def _length(relationship: Relationship, facts: RowFacts) -> tuple[date, date] | None:
    """First start and last end; None where one is open or unknown, or a row is gone that told its start."""
    if relationship.start is None or relationship.end is None or not facts.relationship_ends:
        return None
    if facts.past_ends or facts.told_ends or facts.stale:
        return None
    starts = [read(value, relationship.start) for value in facts.relationship_starts]
    ends = [read(value, relationship.end) for value in facts.relationship_ends]
    first, last = _days(starts), _days(ends)
    return None if first is None or last is None else (min(first), max(last))


def _days(readings: Sequence[object]) -> list[date] | None:
    days = [one for one in readings if isinstance(one, date) and not isinstance(one, datetime)]
    return days if len(days) == len(readings) and days else None
