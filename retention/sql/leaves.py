"""The leaves of the decision: "this period has ended", told apart from "this period has not ended".

Both are certain; where neither holds, nobody knows. A leaf is never NULL where it could be negated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, not_, or_, select, true, tuple_

from retention.model.rule import Join, Relationship
from retention.model.starting_point import TimeColumn
from retention.sql.bounds import Bound
from retention.sql.conditions import certainly, every, some
from retention.sql.dialects.base import Dialect
from retention.sql.stored_times import is_open, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """``ended``: certainly so (may be NULL; only ever used positively). ``kept``: certainly not ended (never NULL)."""

    ended: ColumnElement[bool]
    kept: ColumnElement[bool]


def column_leaf(row: FromClause, at: TimeColumn, bound: Bound, dialect: Dialect) -> Leaf:
    """A period that runs from a column of ``row``. NULL and what cannot be read is neither ended nor kept."""
    return Leaf(
        ended=every(passed(row, at, bound, dialect), *_readable(row, at, dialect), not_(is_open(row, at, dialect))),
        kept=certainly(
            some(is_open(row, at, dialect), every(not_(passed(row, at, bound, dialect)), *_readable(row, at, dialect)))
        ),
    )


def ceiling_leaf(row: FromClause, at: TimeColumn, bound: Bound, now: Bound, dialect: Dialect) -> Leaf:
    """Like column_leaf, but a start in the future is unknown instead of not ended."""
    leaf = column_leaf(row, at, bound, dialect)
    started = some(is_open(row, at, dialect), certainly(passed(row, at, now, dialect)))
    return Leaf(ended=leaf.ended, kept=and_(leaf.kept, started))


def within(row: FromClause, at: TimeColumn, after: Bound, until: Bound, dialect: Dialect) -> ColumnElement[bool]:
    """The values that passed between two bounds: what newly fell due."""
    newly = passed(row, at, until, dialect)
    return newly if after.nothing else and_(newly, not_(passed(row, at, after, dialect)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipSql:
    """The relationship rows of one root row, each question a correlated EXISTS."""

    relationship: Relationship
    root: FromClause
    related: Callable[[], FromClause]  # a fresh alias of the relationship table
    dialect: Dialect

    def _any(self, test: Callable[[FromClause], ColumnElement[bool]]) -> ColumnElement[bool]:
        child = self.related()
        together = every(joined(self.root, child, self.relationship.join), test(child))
        return exists(select(1).select_from(child).where(together))

    def present(self) -> ColumnElement[bool]:
        return self._any(lambda _: true())

    def leaf(self, bound: Bound, ceiling_at: Bound | None = None) -> Leaf:
        """Runs from the last end. NULL and declared sentinels are open; what cannot be read is unknown.

        ``ceiling_at``: as-of, for a ceiling; it does not believe in another event that lies in the future.
        """
        end = self.relationship.end

        def kept(child: FromClause) -> ColumnElement[bool]:
            return or_(child.c[end.column].is_(None), column_leaf(child, end, bound, self.dialect).kept)

        def not_ended(child: FromClause) -> ColumnElement[bool]:
            return not_(certainly(column_leaf(child, end, bound, self.dialect).ended))

        ended_by_rows = and_(self.present(), not_(self._any(not_ended)))
        kept_by_rows = self._any(kept)
        if self.relationship.otherwise is None:
            return Leaf(ended=ended_by_rows, kept=kept_by_rows)
        at = self.relationship.otherwise
        if ceiling_at is None:
            without = column_leaf(self.root, at, bound, self.dialect)
        else:
            without = ceiling_leaf(self.root, at, bound, ceiling_at, self.dialect)
        alone = not_(self.present())
        return Leaf(
            ended=or_(ended_by_rows, and_(alone, without.ended)),
            kept=or_(kept_by_rows, and_(alone, without.kept)),
        )

    def active(self, now: Bound) -> ColumnElement[bool]:
        end = self.relationship.end
        return self._any(
            lambda child: or_(child.c[end.column].is_(None), column_leaf(child, end, now, self.dialect).kept)
        )

    def newly(self, row: FromClause, after: Bound, until: Bound) -> list[ColumnElement[bool]]:
        """Tests of a root ``row``: an end of its (or, without any, the other event) passed between two bounds."""
        child, join = self.related(), self.relationship.join
        passed_ends = within(child, self.relationship.end, after, until, self.dialect)
        keys = select(*(child.c[name] for name in join.far_columns)).where(passed_ends)
        tests: list[ColumnElement[bool]] = [row_value(row, join.columns).in_(keys)]
        if self.relationship.otherwise is not None:
            tests.append(within(row, self.relationship.otherwise, after, until, self.dialect))
        return tests


def joined(near: FromClause, far: FromClause, join: Join) -> ColumnElement[bool]:
    pairs = zip(join.columns, join.far_columns, strict=True)
    return every(*(near.c[column] == far.c[far_column] for column, far_column in pairs))


def row_value(row: FromClause, columns: tuple[str, ...]) -> Any:
    """One column, or a tuple of several, for ``IN (SELECT ...)``."""
    if len(columns) == 1:
        return row.c[columns[0]]
    return tuple_(*(row.c[column] for column in columns))


def _readable(row: FromClause, at: TimeColumn, dialect: Dialect) -> list[ColumnElement[bool]]:
    guard = dialect.readable(row.c[at.column], at.stored)
    return [] if guard is None else [guard]
