"""What the events of a row say about a period that runs from them, as SQL: the same as planning.events of one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, not_

from retention.model.clause import Clause, Role
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import (
    ColumnEvent,
    Operand,
    SeveralEvents,
    SingleEvent,
    UnknownStart,
    WhenNull,
    Which,
)
from retention.model.terms import Terms
from retention.planning.counting import lead_days
from retention.sql.bounds import Bound, Range, ranges
from retention.sql.choices import choices, chosen
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, some
from retention.sql.leaves import Leaf, ceiling_leaf, column_leaf
from retention.sql.relationships import relationship_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTerms:
    """One of the events of a clause, with terms of its own or None."""

    event: SingleEvent
    own: Terms | None = None


def event_terms(clause: Clause) -> tuple[EventTerms, ...]:
    """Those that can pass: none where nobody can tell from when a clause runs."""
    event = clause.start.event
    match event:
        case UnknownStart():
            return ()
        case SeveralEvents(operands=operands):
            return tuple(EventTerms(event=one.event, own=one.terms) for one in operands)
    return (EventTerms(event=event),)


def ranges_of(rule: Rule, as_of: datetime, terms: Terms, lead: Period | None = None) -> tuple[Range, ...]:
    """What has passed at as-of. With ``lead``: a ceiling's terms end that much earlier."""
    early = 0 if lead is None else lead_days(terms, lead)
    return ranges(as_of, rule.zone, terms, lead_days=early)


def leaf_of(context: RuleContext, clause: Clause, lead: Period | None = None) -> Leaf:
    """Whether the clause's terms have ended, or with ``lead`` will have soon."""
    leaves = [_by_terms(context, clause, one, lead) for one in event_terms(clause)]
    if not leaves:
        return Leaf(ended=false(), kept=false())
    event = clause.start.event
    return _several(context, event, leaves) if isinstance(event, SeveralEvents) else leaves[0]


def _by_terms(context: RuleContext, clause: Clause, one: EventTerms, lead: Period | None) -> Leaf:
    """By the event's own terms, or those of the clause that are the row's."""

    def leaf(terms: Terms) -> Leaf:
        return _single(context, clause, one.event, ranges_of(context.rule, context.as_of, terms, lead))

    if one.own is not None:
        return leaf(one.own)
    found = [(choice, leaf(choice.terms)) for choice in choices(context, clause)]
    return chosen(found, clause) if found else Leaf(ended=false(), kept=false())


def _several(context: RuleContext, event: SeveralEvents, leaves: list[Leaf]) -> Leaf:
    """A leaf is neither ended nor kept where its event is left out: a column without a time is neither."""
    operands = [_pending(context, one, leaf) for one, leaf in zip(event.operands, leaves, strict=True)]
    left_out = [_left_out(context, one) for one in event.operands]
    some_count = not_(every(*left_out))
    if event.which is Which.LATEST:
        ended = every(some_count, *(some(out, leaf.ended) for out, leaf in zip(left_out, operands, strict=True)))
        return Leaf(ended=ended, kept=some(*(leaf.kept for leaf in operands)))
    kept = every(some_count, *(some(out, leaf.kept) for out, leaf in zip(left_out, operands, strict=True)))
    return Leaf(ended=some(*(leaf.ended for leaf in operands)), kept=kept)


def _pending(context: RuleContext, operand: Operand, leaf: Leaf) -> Leaf:
    if operand.when_null is not WhenNull.PENDING:
        return leaf
    return Leaf(ended=leaf.ended, kept=some(_is_null(context, operand.event), leaf.kept))


def _single(context: RuleContext, clause: Clause, event: SingleEvent, passed: tuple[Range, ...]) -> Leaf:
    """Whether the event lies in one of the ranges that have passed."""
    parts = [_in_range(context, clause, event, within) for within in passed]
    return Leaf(ended=some(*(part.ended for part in parts)), kept=every(*(part.kept for part in parts)))


def _in_range(context: RuleContext, clause: Clause, event: SingleEvent, within: Range) -> Leaf:
    until = _up_to(context, clause, event, within.until)
    if within.after is None:
        return until
    after = _up_to(context, clause, event, within.after)
    return Leaf(ended=every(until.ended, after.kept), kept=some(until.kept, certainly(after.ended)))


def _left_out(context: RuleContext, operand: Operand) -> ColumnElement[bool]:
    return _is_null(context, operand.event) if operand.when_null is WhenNull.NEVER else false()


def _is_null(context: RuleContext, event: SingleEvent) -> ColumnElement[bool]:
    return context.root.c[event.at.column].is_(None) if isinstance(event, ColumnEvent) else false()


def _up_to(context: RuleContext, clause: Clause, event: SingleEvent, bound: Bound) -> Leaf:
    if isinstance(event, ColumnEvent):
        if clause.role is Role.CEILING:
            return ceiling_leaf(context.root, event.at, bound, context.now, context.dialect)
        return column_leaf(context.root, event.at, bound, context.dialect)
    relationship = relationship_sql(context)
    if relationship is None:
        raise AssertionError(f"{clause.id} starts at the end of a relationship that the rule does not declare")
    return relationship.leaf(bound, context.now if clause.role is Role.CEILING else None)
