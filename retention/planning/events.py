"""What the events of a row say about a period that runs from them."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.rule import Clause, Relationship, Role, Rule
from retention.model.starting_point import (
    ColumnEvent,
    Operand,
    SeveralEvents,
    SingleEvent,
    TimeColumn,
    WhenNull,
    Which,
)
from retention.planning.facts import RowFacts
from retention.planning.leaves import Leaf, Moment, Span, first_of, last_of
from retention.planning.stored_time import OPEN, UNKNOWN, Reading, read


def leaf_of(clause: Clause, rule: Rule, facts: RowFacts, moment: Moment, span: Span) -> Leaf:
    """Whether the clause's span has ended. Raises ValueError for a clause that starts at the end of a relationship
    that the rule does not declare."""
    event = clause.start.event
    if isinstance(event, SeveralEvents):
        return _several(event, clause, rule, facts, moment, span)
    return _single(event, clause, rule, facts, moment, span)


def _several(event: SeveralEvents, clause: Clause, rule: Rule, facts: RowFacts, moment: Moment, span: Span) -> Leaf:
    """Of the events that are not left out. Where all are, nobody can tell from which one it runs."""
    counting = [one for one in event.operands if not _left_out(one, facts)]
    if not counting:
        return Leaf(ended=None)
    leaves = [_operand(one, clause, rule, facts, moment, span) for one in counting]
    return last_of(leaves) if event.which is Which.LATEST else first_of(leaves)


def _left_out(operand: Operand, facts: RowFacts) -> bool:
    return operand.when_null is WhenNull.NEVER and _is_null(operand.event, facts)


def _operand(operand: Operand, clause: Clause, rule: Rule, facts: RowFacts, moment: Moment, span: Span) -> Leaf:
    if operand.when_null is WhenNull.PENDING and _is_null(operand.event, facts):
        return Leaf(ended=False)
    return _single(operand.event, clause, rule, facts, moment, span)


def _is_null(event: SingleEvent, facts: RowFacts) -> bool:
    return isinstance(event, ColumnEvent) and facts.row[event.at.column] is None


def _single(event: SingleEvent, clause: Clause, rule: Rule, facts: RowFacts, moment: Moment, span: Span) -> Leaf:
    if isinstance(event, ColumnEvent):
        return _column_leaf(event.at, facts, moment, span, clause.role)
    if rule.relationship is None:
        raise ValueError(f"{rule.id}: {clause.id} starts at the end of a relationship that the rule does not declare")
    return relationship_leaf(rule.relationship, facts, moment, span, clause.role)


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
