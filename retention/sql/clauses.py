"""A rule's floors, purposes and ceilings on one row, each as what is certain and what is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, FromClause, exists, false, not_, true

from retention.model.clause import Clause, NeededBy, Role
from retention.model.condition import Condition
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import (
    ColumnEvent,
    RelationshipEnd,
    SingleEvent,
    TimeColumn,
    UnknownStart,
    runs_from_relationship,
)
from retention.sql.bounds import NOTHING, Bound, Range, ended
from retention.sql.claims import claimed
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, possibly, some
from retention.sql.events import event_terms, leaf_of, ranges_of
from retention.sql.leaves import Leaf, RelationshipSql, within
from retention.sql.marks import marked
from retention.sql.needed import rows_that_need
from retention.sql.relationships import relationship_sql

WINDOW = "re-enrolment window"
Rows: TypeAlias = "tuple[Condition | None, Condition | None]"  # a clause's when, and its live_while


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSql:
    """``ended`` and ``kept`` are certain, and heed whether the clause applies; ``early`` is a ceiling with its lead."""

    id: str
    role: Role
    from_relationship: bool
    applies: ColumnElement[bool]  # certainly
    releases: ColumnElement[bool]  # it applies, and its end can make the row due
    ended: ColumnElement[bool]  # may be NULL, for an index to serve it: only ever used positively. A ceiling: reached
    kept: ColumnElement[bool]  # never NULL. A ceiling: certainly not reached
    may_have_ended: ColumnElement[bool]  # as a clause that applies; never NULL. A ceiling: may be reached
    early: ColumnElement[bool] = field(default_factory=false)
    may_be_early: ColumnElement[bool] = field(default_factory=false)
    unknown_start: ColumnElement[bool] = field(default_factory=false)
    no_jurisdiction: bool = False  # the start is unknown for want of a law that the rule covers
    unsigned: ColumnElement[bool] = field(default_factory=false)  # it may let go, by a statute not signed off
    counsel: bool = False  # a ceiling that counsel marked
    is_claim: bool = False  # a floor that claims assessments set
    rows: Rows | None = None  # to which it applies; None: only it can tell
    spared: ColumnElement[bool] = field(default_factory=false)  # it does not apply to the row; never NULL
    over: ColumnElement[bool] = field(default_factory=false)  # ended, where it applies; may be NULL
    by_day: tuple[TimeColumn, Bound] | None = None  # what ``over`` says, where it is one day of one column


def clause_bounds(rule: Rule, as_of: datetime, lead: Period) -> dict[str, Bound]:
    """What has passed of every clause by its id, as a watermark keeps it; of a ceiling also what has with its lead."""
    return {name: bound for name, (bound, _) in _named_bounds(rule, as_of, lead).items()}


def _named_bounds(rule: Rule, as_of: datetime, lead: Period) -> dict[str, tuple[Bound, SingleEvent]]:
    """Each with its event."""
    found: dict[str, tuple[Bound, SingleEvent]] = {}
    for clause in rule.clauses:
        for name, early in ((clause.id, None), (f"{clause.id}, with its lead", lead)):
            for place, one in enumerate(event_terms(clause) if early is None or clause.role is Role.CEILING else ()):
                for which, terms in enumerate(clause.known_terms if one.own is None else (one.own,)):
                    for part in ranges_of(rule, as_of, terms, early):
                        found[f"{name}{_nth(place, which, part)}"] = part.until, one.event
    relationship = rule.relationship
    if relationship is not None and relationship.window is not None:
        found[WINDOW] = ended(as_of, rule.zone, relationship.window), RelationshipEnd()
    return found


def _nth(place: int, which: int, part: Range) -> str:
    """What tells the bounds of one clause apart; empty where it has one."""
    event = f", event {place + 1}" if place else ""
    terms = f", period {which + 1}" if which else ""
    after = "" if part.after is None else f", events after {part.after.last_day}"
    return f"{event}{terms}{after}"


def clauses_sql(context: RuleContext) -> tuple[ClauseSql, ...]:
    """Every clause of the rule, the re-enrolment window as one more purpose."""
    compiled = [_clause(context, clause) for clause in context.rule.clauses]
    relationship = relationship_sql(context)
    bounds = clause_bounds(context.rule, context.as_of, context.lead)
    if relationship is not None and WINDOW in bounds:
        compiled.append(_window(relationship, bounds[WINDOW]))
    compiled += [needed_clause(context, one) for one in context.rule.needed_by]
    compiled += claims_clause(context)
    return tuple(_with_choices(context.rule, compiled))


def _with_choices(rule: Rule, compiled: list[ClauseSql]) -> list[ClauseSql]:
    """A floor yields to a reached ceiling where counsel chose so."""
    named = {clause.id: clause for clause in compiled}
    for choice in rule.settled:
        if choice.prevails is Role.CEILING and {choice.floor, choice.ceiling} <= named.keys():
            floor, ceiling = named[choice.floor], named[choice.ceiling]
            named[choice.floor] = replace(
                floor,
                rows=None,
                ended=some(floor.ended, certainly(ceiling.ended)),
                kept=every(floor.kept, not_(ceiling.may_have_ended)),
            )
    return [named[clause.id] for clause in compiled]


def newly_passed(context: RuleContext, row: FromClause, before: Mapping[str, Bound]) -> Iterator[ColumnElement[bool]]:
    """Tests of a root ``row``, each served by its own index: a clause's period ended since the bounds ``before``."""
    relationship = relationship_sql(context)
    for name, (until, event) in _named_bounds(context.rule, context.as_of, context.lead).items():
        after = before.get(name, NOTHING)
        if isinstance(event, ColumnEvent):
            yield within(row, event.at, after, until, context.dialect)
        elif relationship is not None:
            yield from relationship.newly(row, after, until)


def _clause(context: RuleContext, clause: Clause) -> ClauseSql:
    leaf = _kept_open(context, clause, leaf_of(context, clause))
    when, live = context.condition(clause.when), context.condition(clause.live_while)
    applies, may_apply = certainly(when), possibly(when)
    certain = _Certain(clause=clause, applies=applies, may_apply=may_apply)
    if clause.role is Role.CEILING:
        early = leaf_of(context, clause, context.lead)
        return certain.ceiling(leaf, early)
    return replace(certain.period(leaf, certainly(live), possibly(live)), by_day=_by_day(context, clause))


def _by_day(context: RuleContext, clause: Clause) -> tuple[TimeColumn, Bound] | None:
    event = clause.start.event
    if not isinstance(event, ColumnEvent) or clause.varies is not None or clause.open_while is not None:
        return None
    passed = ranges_of(context.rule, context.as_of, clause.terms)
    whole_days = len(passed) == 1 and passed[0].after is None and passed[0].until.before is not None
    return (event.at, passed[0].until) if whole_days else None


def _kept_open(context: RuleContext, clause: Clause, leaf: Leaf) -> Leaf:
    """A floor stays open while its condition holds."""
    if clause.open_while is None:
        return leaf
    is_open = context.condition(clause.open_while)
    return Leaf(ended=every(leaf.ended, not_(possibly(is_open))), kept=some(leaf.kept, certainly(is_open)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certain:
    """A clause and whether it applies, to be told what its period says."""

    clause: Clause
    applies: ColumnElement[bool]
    may_apply: ColumnElement[bool]

    @property
    def _from_relationship(self) -> bool:
        return runs_from_relationship(self.clause.start.event)

    @property
    def _no_jurisdiction(self) -> bool:
        return isinstance(self.clause.start.event, UnknownStart)

    def period(self, leaf: Leaf, live: ColumnElement[bool], may_live: ColumnElement[bool]) -> ClauseSql:
        spared = some(not_(self.may_apply), not_(may_live))
        return ClauseSql(
            rows=(self.clause.when, self.clause.live_while),
            spared=spared,
            over=leaf.ended,
            id=self.clause.id,
            role=self.clause.role,
            from_relationship=self._from_relationship,
            applies=self.applies,
            releases=false() if self.clause.unsigned else self.applies,
            ended=some(spared, leaf.ended),
            kept=every(self.applies, live, leaf.kept),
            may_have_ended=every(self.may_apply, not_(every(live, leaf.kept))),
            unknown_start=every(self.may_apply, may_live, not_(certainly(leaf.ended)), not_(leaf.kept)),
            no_jurisdiction=self._no_jurisdiction,
            unsigned=every(self.may_apply, not_(every(live, leaf.kept))) if self.clause.unsigned else false(),
        )

    def ceiling(self, leaf: Leaf, early: Leaf) -> ClauseSql:
        return ClauseSql(
            id=self.clause.id,
            role=self.clause.role,
            from_relationship=self._from_relationship,
            applies=self.applies,
            releases=self.applies,
            ended=false() if self.clause.unsigned else every(self.applies, leaf.ended),
            kept=some(not_(self.may_apply), leaf.kept),
            may_have_ended=every(self.may_apply, not_(leaf.kept)),
            early=false() if self.clause.unsigned else every(self.applies, early.ended),
            may_be_early=every(self.may_apply, not_(early.kept)),
            counsel=bool(self.clause.counsel),
            unknown_start=every(self.may_apply, some(_untold(leaf), every(leaf.kept, _untold(early)))),
            no_jurisdiction=self._no_jurisdiction,
            unsigned=every(self.may_apply, not_(early.kept)) if self.clause.unsigned else false(),
        )


def _untold(leaf: Leaf) -> ColumnElement[bool]:
    """Whether the period has ended, nobody can tell."""
    return every(not_(certainly(leaf.ended)), not_(leaf.kept))


def needed_clause(context: RuleContext, needed: NeededBy) -> ClauseSql:
    """Another rule's floor, on the rows that need something of the group."""
    there, rows = rows_that_need(context, needed)
    theirs = _clause(there, needed.clause)

    def some_row(test: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(rows.where(test))

    return ClauseSql(
        id=needed.name,
        role=Role.FLOOR,
        from_relationship=False,
        applies=some_row(true()),
        releases=false(),
        ended=not_(some_row(not_(certainly(theirs.ended)))),
        kept=some_row(theirs.kept),
        may_have_ended=false(),
        unknown_start=some_row(theirs.unknown_start),
        no_jurisdiction=theirs.no_jurisdiction,
    )


def claims_clause(context: RuleContext) -> Iterator[ClauseSql]:
    """The claims assessments that keep something now, all as one floor. They let nothing go."""
    kept = claimed(context, marked(context) if context.pseudonymizes else None)
    if kept.never:
        return
    yield ClauseSql(
        id="claims",
        role=Role.FLOOR,
        from_relationship=False,
        applies=kept.certainly,
        releases=false(),
        ended=not_(kept.possibly),
        kept=kept.certainly,
        may_have_ended=false(),
        is_claim=True,
    )


def _window(relationship: RelationshipSql, bound: Bound) -> ClauseSql:
    leaf = relationship.leaf(bound)
    return ClauseSql(
        id=WINDOW,
        role=Role.PURPOSE,
        from_relationship=True,
        applies=true(),
        releases=true(),
        ended=leaf.ended,
        kept=leaf.kept,
        may_have_ended=not_(leaf.kept),
        unknown_start=every(not_(certainly(leaf.ended)), not_(leaf.kept)),
    )
