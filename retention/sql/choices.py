"""Which of its periods a clause has for each row, as SQL: the same as planning.choices of one row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, exists, func, not_, select, true

from retention.model.choice import PeriodColumn, Tiers
from retention.model.clause import Clause
from retention.model.rule import RelatedRows
from retention.model.starting_point import TimeColumn
from retention.model.terms import Terms
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, some
from retention.sql.leaves import Leaf, Origin
from retention.sql.relationships import relationship_sql
from retention.sql.stored_times import is_open


@dataclass(frozen=True)
class Chosen:
    """Terms, and whether they are the row's: certainly; never NULL."""

    terms: Terms
    holds: ColumnElement[bool]


def choices(context: RuleContext, clause: Clause) -> tuple[Chosen, ...]:
    """Of a row at most one holds; where none does, nobody can tell which it is."""
    match clause.varies:
        case None:
            return (Chosen(clause.terms, true()),)
        case PeriodColumn():
            return tuple(_stored(context, clause, clause.varies))
        case Tiers():
            return tuple(_of_length(context, clause, clause.varies))


def chosen(leaves: list[tuple[Chosen, Leaf]], clause: Clause) -> Leaf:
    """What the chosen terms say; or what all of them say, where they are all that there can be."""
    if clause.varies is None:
        return leaves[0][1]
    ended = [every(choice.holds, leaf.ended) for choice, leaf in leaves]
    kept = [every(choice.holds, leaf.kept) for choice, leaf in leaves]
    if isinstance(clause.varies, Tiers):
        ended.append(every(*(leaf.ended for _, leaf in leaves)))
        kept.append(every(*(leaf.kept for _, leaf in leaves)))
    return Leaf(ended=some(*ended), kept=some(*kept))


def _stored(context: RuleContext, clause: Clause, varies: PeriodColumn) -> Iterator[Chosen]:
    """One for each value that stood in the column when the rule was compiled; another one is nobody's."""
    column = context.looked_up(varies.at)
    for value in context.periods.get(varies.at, ()):
        period = varies.period(value)
        if period is not None:
            yield Chosen(clause.terms_with(period), certainly(column == value))


def _of_length(context: RuleContext, clause: Clause, varies: Tiers) -> Iterator[Chosen]:
    relationship = context.rule.relationship
    related = None if relationship is None else relationship.rows
    if related is None or related.start is None:
        raise AssertionError(f"{clause.id} counts the length of a relationship without a start")
    length = _Length(context=context, related=related, start=related.start)
    at_least: list[ColumnElement[bool]] = []
    for tier in varies.tiers:
        shorter = [] if tier.shorter_than is None else [not_(length.reaches(tier.shorter_than))]
        yield Chosen(clause.terms_with(tier.period), every(length.known(), *at_least, *shorter))
        if tier.shorter_than is not None:
            at_least.append(length.reaches(tier.shorter_than))


@dataclass(frozen=True, kw_only=True)
class _Length:
    """From the first start to the last end of the related rows of a root row."""

    context: RuleContext
    related: RelatedRows
    start: TimeColumn

    def _rows(self) -> tuple[FromClause, ColumnElement[bool]]:
        row = self.context.tables[self.related.join.table].alias()
        join = self.related.join
        pairs = zip(join.columns, join.far_columns, strict=True)
        return row, every(*(self.context.root.c[near] == row.c[far] for near, far in pairs))

    def known(self) -> ColumnElement[bool]:
        """There is a row, each has a start and an end, and nothing else tells an end."""
        relationship = relationship_sql(self.context)
        if relationship is None:
            raise AssertionError("a length without a relationship")
        row, own = self._rows()
        days = every(*(self._is_day(row, at) for at in (self.start, self.related.end)))
        there = exists(select(1).select_from(row).where(own))
        unknown = exists(select(1).select_from(row).where(own, not_(days)))
        others = relationship.told_by(Origin.PAST, Origin.ELSEWHERE)
        return every(there, not_(unknown), not_(others), not_(relationship.hidden))

    def _is_day(self, row: FromClause, at: TimeColumn) -> ColumnElement[bool]:
        column = row.c[at.column]
        readable = self.context.dialect.readable(column, at.stored)
        guard = [] if readable is None else [readable]
        return certainly(every(column.is_not(None), *guard, not_(is_open(row, at, self.context.dialect))))

    def reaches(self, length: Any) -> ColumnElement[bool]:
        """Only where the length is known does it mean anything; never NULL."""
        row, own = self._rows()
        first, last = func.min(row.c[self.start.column]), func.max(row.c[self.related.end.column])
        found = select(self.context.dialect.plus(first, length) <= last).select_from(row).where(own)
        return certainly(found.correlate(self.context.root).scalar_subquery())
