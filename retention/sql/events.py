"""What the events of a row say about a period that runs from them, as SQL: the same as planning.events of one row."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, not_

from retention.model.rule import Clause, Role
from retention.model.starting_point import ColumnEvent, Operand, SeveralEvents, SingleEvent, WhenNull, Which
from retention.sql.bounds import Bound, Range
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, some
from retention.sql.leaves import Leaf, ceiling_leaf, column_leaf
from retention.sql.relationships import relationship_sql


def leaf_of(context: RuleContext, clause: Clause, ranges: tuple[Range, ...]) -> Leaf:
    """Whether the event lies in one of the ranges that have passed."""
    parts = [_in_range(context, clause, one) for one in ranges]
    return Leaf(ended=some(*(part.ended for part in parts)), kept=every(*(part.kept for part in parts)))


def _in_range(context: RuleContext, clause: Clause, one: Range) -> Leaf:
    until = _leaf(context, clause, one.until)
    if one.after is None:
        return until
    after = _leaf(context, clause, one.after)
    return Leaf(ended=every(until.ended, after.kept), kept=some(until.kept, certainly(after.ended)))


def _leaf(context: RuleContext, clause: Clause, bound: Bound) -> Leaf:
    event = clause.start.event
    if not isinstance(event, SeveralEvents):
        return _single(context, clause, event, bound)
    operands = [_operand(context, clause, one, bound) for one in event.operands]
    left_out = [_left_out(context, one) for one in event.operands]
    some_count = not_(every(*left_out))
    if event.which is Which.LATEST:
        ended = every(some_count, *(some(out, leaf.ended) for out, leaf in zip(left_out, operands, strict=True)))
        return Leaf(ended=ended, kept=some(*(leaf.kept for leaf in operands)))
    kept = every(some_count, *(some(out, leaf.kept) for out, leaf in zip(left_out, operands, strict=True)))
    return Leaf(ended=some(*(leaf.ended for leaf in operands)), kept=kept)


def _operand(context: RuleContext, clause: Clause, operand: Operand, bound: Bound) -> Leaf:
    """Neither ended nor kept where it is left out: a column without a time is neither."""
    leaf = _single(context, clause, operand.event, bound)
    if operand.when_null is not WhenNull.PENDING:
        return leaf
    return Leaf(ended=leaf.ended, kept=some(_is_null(context, operand.event), leaf.kept))


def _left_out(context: RuleContext, operand: Operand) -> ColumnElement[bool]:
    return _is_null(context, operand.event) if operand.when_null is WhenNull.NEVER else false()


def _is_null(context: RuleContext, event: SingleEvent) -> ColumnElement[bool]:
    return context.root.c[event.at.column].is_(None) if isinstance(event, ColumnEvent) else false()


def _single(context: RuleContext, clause: Clause, event: SingleEvent, bound: Bound) -> Leaf:
    if isinstance(event, ColumnEvent):
        if clause.role is Role.CEILING:
            return ceiling_leaf(context.root, event.at, bound, context.now, context.dialect)
        return column_leaf(context.root, event.at, bound, context.dialect)
    relationship = relationship_sql(context)
    if relationship is None:
        raise AssertionError(f"{clause.id} starts at the end of a relationship that the rule does not declare")
    return relationship.leaf(bound, context.now if clause.role is Role.CEILING else None)
