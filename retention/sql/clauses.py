"""A rule's floors, purposes and ceilings on one row, each as what is certain and what is possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, false, not_, true

from retention.model.fact import ToldEnd
from retention.model.period import Period
from retention.model.rule import Clause, Missing, RelatedRows, Relationship, Role, Rule
from retention.model.starting_point import Alignment, ColumnEvent, RelationshipEnd
from retention.planning import calendar
from retention.sql.bounds import NOTHING, Bound, ended
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, condition_sql, every, possibly, some
from retention.sql.leaves import Ends, Leaf, Origin, RelationshipSql, ceiling_leaf, column_leaf, within
from retention.sql.told_facts import end_of, stale

WINDOW = "re-enrolment window"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSql:
    """``ended`` and ``kept`` are certain, and heed whether the clause applies; ``early`` is a ceiling with its lead."""

    id: str
    role: Role
    from_relationship: bool
    applies: ColumnElement[bool]  # certainly
    ended: ColumnElement[bool]  # may be NULL, for an index to serve it: only ever used positively. A ceiling: reached
    kept: ColumnElement[bool]  # never NULL. A ceiling: certainly not reached
    may_have_ended: ColumnElement[bool]  # as a clause that applies; never NULL. A ceiling: may be reached
    early: ColumnElement[bool] = field(default_factory=false)
    may_be_early: ColumnElement[bool] = field(default_factory=false)
    unknown_start: ColumnElement[bool] = field(default_factory=false)
    counsel: bool = False  # a ceiling that counsel marked


def relationship_sql(context: RuleContext) -> RelationshipSql | None:
    relationship = context.rule.relationship
    if relationship is None:
        return None
    return RelationshipSql(
        root=context.root,
        ends=tuple(ends_of(context, relationship)),
        otherwise=relationship.otherwise,
        stale=some(*(stale(context.own, told, context.as_of) for told in relationship.told)),
        whose=_whose(context, relationship),
        dialect=context.dialect,
    )


def ends_of(context: RuleContext, relationship: Relationship) -> Iterator[Ends]:
    """The related rows, the facts of those that are gone, and facts from elsewhere."""
    if relationship.rows is not None:
        yield from _related(context, relationship.rows)
    yield from _told(context, relationship.told)


def _told(context: RuleContext, told: Iterable[ToldEnd]) -> Iterator[Ends]:
    for one in told:
        yield Ends(
            origin=Origin.ELSEWHERE,
            table=context.own.fact,
            key=lambda row: (context.subject_key(row),),
            columns=("subject_key",),
            end=end_of(one.time),
            event=one.fact,
        )


def _whose(context: RuleContext, relationship: Relationship) -> ColumnElement[bool]:
    subject = context.rule.subject
    if not relationship.told or subject is None or subject.missing is Missing.NOBODY:
        return false()
    return context.subject_key().is_(None)


def _related(context: RuleContext, related: RelatedRows) -> Iterator[Ends]:
    join, fact = related.join, context.rule_tables.fact
    if fact is None:
        raise AssertionError(f"{context.rule.id} has related rows, and no table for the facts of those that are gone")

    def key(row: FromClause) -> tuple[ColumnElement[Any], ...]:
        return tuple(row.c[column] for column in join.columns)

    table = context.tables[join.table]
    yield Ends(origin=Origin.ROWS, table=table, key=key, columns=join.far_columns, end=related.end)
    yield Ends(origin=Origin.PAST, table=fact.table, key=key, columns=fact.keys, end=fact.end, event=fact.event)


def clause_bounds(rule: Rule, as_of: datetime, lead: Period) -> dict[str, Bound]:
    """What has passed of every clause by its id, as a watermark keeps it; of a ceiling also what has with its lead."""
    bounds = {clause.id: _bound(rule, clause, as_of) for clause in rule.clauses}
    bounds |= {_early(clause): _bound(rule, clause, as_of, lead) for clause in rule.of_role(Role.CEILING)}
    if rule.relationship is not None and rule.relationship.window is not None:
        bounds[WINDOW] = ended(as_of, rule.zone, Alignment(), rule.relationship.window)
    return bounds


def _early(clause: Clause) -> str:
    return f"{clause.id}, with its lead"


def _bounds(context: RuleContext) -> dict[str, Bound]:
    return clause_bounds(context.rule, context.as_of, context.lead)


def clauses_sql(context: RuleContext) -> tuple[ClauseSql, ...]:
    """Every clause of the rule, the re-enrolment window as one more purpose."""
    compiled = [_clause(context, clause) for clause in context.rule.clauses]
    relationship = relationship_sql(context)
    if relationship is not None and WINDOW in _bounds(context):
        compiled.append(_window(relationship, _bounds(context)[WINDOW]))
    return tuple(compiled)


def newly_passed(context: RuleContext, row: FromClause, before: Mapping[str, Bound]) -> Iterator[ColumnElement[bool]]:
    """Tests of a root ``row``, each served by its own index: a clause's period ended since the bounds ``before``."""
    now = _bounds(context)
    relationship = relationship_sql(context)
    events = {name: clause.start.event for clause in context.rule.clauses for name in (clause.id, _early(clause))}
    for name, until in now.items():
        after = before.get(name, NOTHING)
        event = events.get(name)  # the window has none
        if isinstance(event, ColumnEvent):
            yield within(row, event.at, after, until, context.dialect)
        elif relationship is not None:
            yield from relationship.newly(row, after, until)


def _bound(rule: Rule, clause: Clause, as_of: datetime, lead: Period | None = None) -> Bound:
    """With ``lead``: a ceiling's is reached that much earlier."""
    early = calendar.lead_days(clause.period, lead) if lead is not None and clause.role is Role.CEILING else 0
    return ended(as_of, rule.zone, clause.start.align, clause.period, lead_days=early)


def _clause(context: RuleContext, clause: Clause) -> ClauseSql:
    leaf = _leaf(context, clause, _bound(context.rule, clause, context.as_of))
    when = true() if clause.when is None else condition_sql(clause.when, context.root, context.dialect)
    live = true() if clause.live_while is None else condition_sql(clause.live_while, context.root, context.dialect)
    applies, may_apply = certainly(when), possibly(when)
    certain = _Certain(clause=clause, applies=applies, may_apply=may_apply)
    if clause.role is Role.CEILING:
        early = _leaf(context, clause, _bound(context.rule, clause, context.as_of, context.lead))
        return certain.ceiling(leaf, early)
    return certain.period(leaf, certainly(live), possibly(live))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certain:
    """A clause and whether it applies, to be told what its period says."""

    clause: Clause
    applies: ColumnElement[bool]
    may_apply: ColumnElement[bool]

    @property
    def _from_relationship(self) -> bool:
        return isinstance(self.clause.start.event, RelationshipEnd)

    def period(self, leaf: Leaf, live: ColumnElement[bool], may_live: ColumnElement[bool]) -> ClauseSql:
        return ClauseSql(
            id=self.clause.id,
            role=self.clause.role,
            from_relationship=self._from_relationship,
            applies=self.applies,
            ended=some(not_(self.may_apply), not_(may_live), leaf.ended),
            kept=every(self.applies, live, leaf.kept),
            may_have_ended=every(self.may_apply, not_(every(live, leaf.kept))),
            unknown_start=every(self.may_apply, may_live, not_(certainly(leaf.ended)), not_(leaf.kept)),
        )

    def ceiling(self, leaf: Leaf, early: Leaf) -> ClauseSql:
        return ClauseSql(
            id=self.clause.id,
            role=self.clause.role,
            from_relationship=self._from_relationship,
            applies=self.applies,
            ended=every(self.applies, leaf.ended),
            kept=some(not_(self.may_apply), leaf.kept),
            may_have_ended=every(self.may_apply, not_(leaf.kept)),
            early=every(self.applies, early.ended),
            may_be_early=every(self.may_apply, not_(early.kept)),
            counsel=bool(self.clause.counsel),
            unknown_start=every(self.may_apply, some(_untold(leaf), every(leaf.kept, _untold(early)))),
        )


def _untold(leaf: Leaf) -> ColumnElement[bool]:
    """Whether the period has ended, nobody can tell."""
    return every(not_(certainly(leaf.ended)), not_(leaf.kept))


def _leaf(context: RuleContext, clause: Clause, bound: Bound) -> Leaf:
    event = clause.start.event
    relationship = relationship_sql(context)
    if isinstance(event, ColumnEvent):
        if clause.role is Role.CEILING:
            return ceiling_leaf(context.root, event.at, bound, context.now, context.dialect)
        return column_leaf(context.root, event.at, bound, context.dialect)
    if relationship is None:
        raise AssertionError(f"{clause.id} starts at the end of a relationship that the rule does not declare")
    return relationship.leaf(bound, context.now if clause.role is Role.CEILING else None)


def _window(relationship: RelationshipSql, bound: Bound) -> ClauseSql:
    leaf = relationship.leaf(bound)
    return ClauseSql(
        id=WINDOW,
        role=Role.PURPOSE,
        from_relationship=True,
        applies=true(),
        ended=leaf.ended,
        kept=leaf.kept,
        may_have_ended=not_(leaf.kept),
        unknown_start=every(not_(certainly(leaf.ended)), not_(leaf.kept)),
    )
