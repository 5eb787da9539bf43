"""A rule's floors, purposes and ceilings on one row, each as what is certain and what is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, false, not_, true

from retention.model.period import Period
from retention.model.rule import Clause, Role, Rule
from retention.model.starting_point import RelationshipEnd, runs_from_relationship, times_of
from retention.planning.counting import lead_days
from retention.sql.bounds import NOTHING, Bound, Range, ended, ranges
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, condition_sql, every, possibly, some
from retention.sql.events import leaf_of
from retention.sql.leaves import Leaf, RelationshipSql, within
from retention.sql.relationships import relationship_sql

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


def clause_bounds(rule: Rule, as_of: datetime, lead: Period) -> dict[str, Bound]:
    """What has passed of every clause by its id, as a watermark keeps it; of a ceiling also what has with its lead."""
    return {name: bound for name, (bound, _) in _named_bounds(rule, as_of, lead).items()}


def _named_bounds(rule: Rule, as_of: datetime, lead: Period) -> dict[str, tuple[Bound, Clause | None]]:
    """Each with its clause; None: the window."""
    found: dict[str, tuple[Bound, Clause | None]] = {}
    for clause in rule.clauses:
        for name, early in ((clause.id, None), (f"{clause.id}, with its lead", lead)):
            if early is None or clause.role is Role.CEILING:
                for part in _ranges(rule, clause, as_of, early):
                    after = "" if part.after is None else f", events after {part.after.last_day}"
                    found[f"{name}{after}"] = part.until, clause
    if rule.relationship is not None and rule.relationship.window is not None:
        found[WINDOW] = ended(as_of, rule.zone, rule.relationship.window), None
    return found


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
    relationship = relationship_sql(context)
    for name, (until, clause) in _named_bounds(context.rule, context.as_of, context.lead).items():
        after = before.get(name, NOTHING)
        event = RelationshipEnd() if clause is None else clause.start.event
        for at in times_of(event):
            yield within(row, at, after, until, context.dialect)
        if relationship is not None and runs_from_relationship(event):
            yield from relationship.newly(row, after, until)


def _ranges(rule: Rule, clause: Clause, as_of: datetime, lead: Period | None = None) -> tuple[Range, ...]:
    """With ``lead``: a ceiling's terms end that much earlier."""
    early = 0 if lead is None else lead_days(clause.terms, lead)
    return ranges(as_of, rule.zone, clause.terms, lead_days=early)


def _clause(context: RuleContext, clause: Clause) -> ClauseSql:
    leaf = leaf_of(context, clause, _ranges(context.rule, clause, context.as_of))
    when = true() if clause.when is None else condition_sql(clause.when, context.root, context.dialect)
    live = true() if clause.live_while is None else condition_sql(clause.live_while, context.root, context.dialect)
    applies, may_apply = certainly(when), possibly(when)
    certain = _Certain(clause=clause, applies=applies, may_apply=may_apply)
    if clause.role is Role.CEILING:
        early = leaf_of(context, clause, _ranges(context.rule, clause, context.as_of, context.lead))
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
        return runs_from_relationship(self.clause.start.event)

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
