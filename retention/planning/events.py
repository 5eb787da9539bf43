"""What the events of a row say about a period that runs from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retention.model.clause import Clause, Role
from retention.model.period import Period
from retention.model.rule import Relationship, Rule
from retention.model.starting_point import (
    ColumnEvent,
    Operand,
    SeveralEvents,
    SingleEvent,
    TimeColumn,
    UnknownStart,
    WhenNull,
    Which,
)
from retention.model.terms import Terms
from retention.planning.choices import possible_terms
from retention.planning.counting import lead_days
from retention.planning.facts import RowFacts
from retention.planning.leaves import Leaf, Moment, Span, agreed, first_of, last_of
from retention.planning.stored_time import OPEN, UNKNOWN, Reading, read


def leaf_of(clause: Clause, rule: Rule, facts: RowFacts, moment: Moment, lead: Period | None = None) -> Leaf:
    """Whether the clause's terms have ended, or with ``lead`` will have soon. Raises ValueError for a clause that
    starts at the end of a relationship that the rule does not declare."""
    event = clause.start.event
    asked = _Asked(clause=clause, rule=rule, facts=facts, moment=moment, lead=lead)
    match event:
        case UnknownStart():
            return Leaf(ended=None)
        case SeveralEvents():
            return asked.several(event)
    return asked.single(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    clause: Clause
    rule: Rule
    facts: RowFacts
    moment: Moment
    lead: Period | None

    def several(self, event: SeveralEvents) -> Leaf:
        """Of the events that are not left out. Where all are, nobody can tell from which one it runs."""
        counting = [one for one in event.operands if not self._left_out(one)]
        if not counting:
            return Leaf(ended=None)
        leaves = [self._operand(one) for one in counting]
        return last_of(leaves) if event.which is Which.LATEST else first_of(leaves)

    def _left_out(self, operand: Operand) -> bool:
        return operand.when_null is WhenNull.NEVER and self._is_null(operand.event)

    def _operand(self, operand: Operand) -> Leaf:
        if operand.when_null is WhenNull.PENDING and self._is_null(operand.event):
            return Leaf(ended=False)
        return self.single(operand.event, operand.terms)

    def _is_null(self, event: SingleEvent) -> bool:
        return isinstance(event, ColumnEvent) and self.facts.row[event.at.column] is None

    def single(self, event: SingleEvent, own: Terms | None = None) -> Leaf:
        """By the event's own terms, or those that the clause may have: where these do not agree, nobody can tell."""
        possible = (own,) if own else possible_terms(self.clause, self.rule, self.facts)
        return agreed(self._by(event, terms) for terms in possible)

    def _by(self, event: SingleEvent, terms: Terms) -> Leaf:
        span = Span(terms=terms, lead=0 if self.lead is None else lead_days(terms, self.lead))
        if isinstance(event, ColumnEvent):
            return _column_leaf(event.at, self.facts, self.moment, span, self.clause.role)
        relationship = self.rule.relationship
        if relationship is None:
            what = f"{self.clause.id} starts at the end of a relationship that the rule does not declare"
            raise ValueError(f"{self.rule.id}: {what}")
        return relationship_leaf(relationship, self.facts, self.moment, span, self.clause.role)


def _column_leaf(at: TimeColumn, facts: RowFacts, moment: Moment, span: Span, role: Role) -> Leaf:
    event = read(facts.row[at.column], at)
    return span.leaf_of_ceiling(event, moment) if role is Role.CEILING else span.leaf(event, moment)


def relationship_leaf(relationship: Relationship, facts: RowFacts, moment: Moment, span: Span, role: Role) -> Leaf:
    """A missing end is known: active. So is one in the future, even to a ceiling."""
    ends = tuple(relationship_ends(relationship, facts))
    if ends:
        return last_of(span.leaf(end, moment) for end in ends)
    if relationship.otherwise is None:
        return Leaf(ended=None)
    return _column_leaf(relationship.otherwise, facts, moment, span, role)


def relationship_ends(relationship: Relationship, facts: RowFacts) -> Iterator[Reading]:
    """Of the rows that are there, of those that are gone, and from elsewhere. A stale fact may hide a later end."""
    if relationship.end is not None:
        for end in facts.relationship_ends:
            yield OPEN if end is None else read(end, relationship.end)
        for end in facts.past_ends:
            yield read(end, relationship.end)
    yield from facts.told_ends
    for _ in facts.stale:
        yield UNKNOWN


def relationship_is_missing(relationship: Relationship | None, facts: RowFacts) -> bool:
    """There is none, and the rule names no other event to count from."""
    if relationship is None or relationship.otherwise is not None:
        return False
    return not any(True for _ in relationship_ends(relationship, facts))
