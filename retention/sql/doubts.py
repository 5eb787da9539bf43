"""Why a row that is possibly due is not certainly so, and which floors and ceilings contradict each other on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, case, not_, true
from sqlalchemy.sql.elements import False_

from retention.model.clause import Role
from retention.model.hold import HoldClass
from retention.model.rule import Rule
from retention.model.verdict import Reason, Verdict, conflict_of
from retention.sql.clauses import ClauseSql
from retention.sql.codes import text_of
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, some
from retention.sql.relationships import relationship_sql

Line = tuple[ColumnElement[bool], ColumnElement[str]]


def undetermined_code(context: RuleContext, clauses: Sequence[ClauseSql]) -> ColumnElement[str]:
    """The first reason that is true of the row, in the order of the decision."""
    covered = dict(context.covered)
    claims = [not_(clause.ended) for clause in clauses if clause.is_claim]
    lines = [(some(covered.pop(HoldClass.SUBJECT).possibly, *claims), _why(Reason.SUBJECT_UNKNOWN))]
    if covered:
        lines.append((some(*(one.possibly for one in covered.values())), _why(Reason.HOLD_UNKNOWN)))
    if context.unclassified and context.pseudonymizes:
        lines.append((true(), _why(Reason.UNCLASSIFIED)))
    lines += _related(context, clauses)
    unknown = some(*(clause.unknown_start for clause in clauses if clause.no_jurisdiction))
    lines.append((unknown, _why(Reason.JURISDICTION)))
    lines.append((some(*(clause.unknown_start for clause in clauses)), _why(Reason.START_UNKNOWN)))
    lines.append((some(*(clause.unsigned for clause in clauses)), _why(Reason.UNSIGNED)))
    return case(*lines, else_=_why(Reason.NOTHING_APPLIES))


def _related(context: RuleContext, clauses: Sequence[ClauseSql]) -> Iterator[Line]:
    relationship = relationship_sql(context)
    if relationship is None:
        return
    waiting = some(*(clause.unknown_start for clause in clauses if clause.from_relationship))
    if not isinstance(relationship.stale, False_):
        yield every(waiting, relationship.stale), _why(Reason.FACTS_STALE)
    if relationship.otherwise is None:
        nowhere = every(not_(relationship.present()), not_(relationship.hidden))
        yield every(waiting, nowhere), _why(Reason.NO_RELATIONSHIP)


def _why(reason: Reason) -> ColumnElement[str]:
    return text_of(Verdict.UNDETERMINED, reason)


def conflict_lines(rule: Rule, clauses: Sequence[ClauseSql]) -> Iterator[Line]:
    """Some floor certainly keeps the row, and some ceiling is certainly reached: a conflict, unless counsel has chosen
    for each two of them."""
    floors = [clause for clause in clauses if clause.role is Role.FLOOR and not clause.is_claim]
    ceilings = [(clause.id, certainly(clause.ended)) for clause in clauses if clause.role is Role.CEILING]
    pairs = [
        (every(floor.kept, reached), text_of(Verdict.CONFLICT, detail=conflict_of(floor.id, name)))
        for floor in floors
        for name, reached in ceilings
        if rule.settled_for(floor.id, name) is None
    ]
    if pairs:
        kept, reached = some(*(floor.kept for floor in floors)), some(*(one for _, one in ceilings))
        yield every(kept, reached), case(*pairs, else_=text_of(Verdict.RETAINED_BY_LAW))
