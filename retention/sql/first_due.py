"""The first of several instants at which each group of a rule is due, in one look at its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from retention.model.verdict import Verdict
from retention.sql.conditions import certainly, some
from retention.sql.verdicts import CompiledRule


def first_due(compiled: Sequence[CompiledRule]) -> ColumnElement[int]:
    """``compiled``: one rule at the instants, in their order. Their number where it is due at none of them."""
    due = [certainly(some(one.due, one.due_follow_up)) for one in compiled]
    return case(*((test, place) for place, test in enumerate(due)), else_=literal(len(due)))


def counted(
    connection: Connection, one: Sequence[CompiledRule], other: Sequence[CompiledRule]
) -> Iterator[tuple[int, int, int]]:
    """(first by the one, first by the other, groups), for all groups of the root table that both are about."""
    yield from _counted(connection, one[0], first_due(one), first_due(other))


def counted_with_holds(
    connection: Connection, heeding: Sequence[CompiledRule], free: Sequence[CompiledRule]
) -> Iterator[tuple[int, int, int]]:
    """(first, first if there were no holds, groups). Only of what a hold may cover the second is looked for."""
    first, perhaps = first_due(heeding), some(*(one.context.perhaps_held() for one in heeding[:1]))
    for one, without, groups in _counted(connection, heeding[0], first, case((perhaps, first_due(free)), else_=-1)):
        yield one, one if without < 0 else without, groups


def _counted(
    connection: Connection, rule: CompiledRule, one: ColumnElement[int], other: ColumnElement[int]
) -> Iterator[tuple[int, int, int]]:
    firsts = select(one.label("one"), other.label("other")).select_from(rule.context.root).subquery("firsts")
    statement = select(firsts.c.one, firsts.c.other, func.count()).group_by(firsts.c.one, firsts.c.other)
    for first, second, groups in connection.execute(statement):
        yield int(first), int(second), int(groups)


def undetermined(connection: Connection, compiled: CompiledRule) -> int:
    """Groups of which something is unknown that would have to be known."""
    unknown = compiled.code.like(f"{Verdict.UNDETERMINED.value}|%")
    statement = select(func.count()).select_from(compiled.context.root).where(unknown)
    return int(connection.execute(statement).scalar_one())
