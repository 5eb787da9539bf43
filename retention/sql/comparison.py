"""Two texts of one rule compared row by row: how many groups each of them lets go now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, not_, select
from sqlalchemy.sql.functions import coalesce

from retention.sql.conditions import certainly, some
from retention.sql.cooling import Older
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Groups. ``at_once``: both texts let them go as the present one does. ``waiting``: they would go earlier, more
    irreversibly or less protected than by the earlier text. ``kept``: they would have gone by the earlier text alone.
    """

    at_once: int
    waiting: int
    kept: int


def compared(connection: Connection, compiled: CompiledRule, older: Older) -> Compared:
    """``compiled``: the present text; the earlier texts that it carries do not count here, but ``older`` alone."""
    present = _due(replace(compiled, older=()))
    together = _due(replace(compiled, older=(older,)))
    before = false() if older.compiled is None else _due(older.compiled)
    counts = (together, and_(present, not_(together)), and_(before, not_(present)))
    root = compiled.context.root
    row = connection.execute(select(*map(_groups, counts)).select_from(root)).one()
    return Compared(at_once=row[0], waiting=row[1], kept=row[2])


def _due(compiled: CompiledRule) -> ColumnElement[bool]:
    return certainly(some(compiled.due, compiled.due_follow_up))


def _groups(test: ColumnElement[bool]) -> ColumnElement[int]:
    return coalesce(func.sum(case((test, 1), else_=0)), 0)
