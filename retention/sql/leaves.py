"""The leaves of the decision: "this period has ended", told apart from "this period has not ended".

Both are certain; where neither holds, nobody knows. A leaf is never NULL where it could be negated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, not_, or_, select, true, tuple_
from sqlalchemy.sql.elements import False_

from retention.model.join import Join
from retention.model.starting_point import TimeColumn
from retention.sql import told_facts
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


class Origin(Enum):
    """Who says when a relationship ended."""

    ROWS = "rows"  # of a related table; a missing end is active
    PAST = "past"  # facts of such rows that are gone; nobody knows when a missing end came
    ELSEWHERE = "elsewhere"  # facts that another dataset or a file told


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where ends of relationships stand: rows of a related table, or facts."""

    origin: Origin
    table: FromClause
    key: Callable[[FromClause], tuple[ColumnElement[Any], ...]]  # of a root row, equal to ``columns``
    columns: tuple[str, ...]  # of ``table``
    end: TimeColumn
    event: str = ""  # of a table of facts: those of another event do not count

    def of(self, root: FromClause, row: FromClause) -> ColumnElement[bool]:
        """Whether this ``row`` (an alias of the table) belongs to a root row."""
        same = (value == row.c[column] for value, column in zip(self.key(root), self.columns, strict=True))
        return every(*same, self.meant(row))

    def meant(self, row: FromClause) -> ColumnElement[bool]:
        return row.c.event == self.event if self.event else true()

    def is_open(self, row: FromClause) -> ColumnElement[bool]:
        match self.origin:
            case Origin.ROWS:
                return row.c[self.end.column].is_(None)
            case Origin.ELSEWHERE:
                return told_facts.is_open(row)
        return false()


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationshipSql:
    """The ends of one root row's relationships, each question a correlated EXISTS."""

    root: FromClause
    ends: tuple[Ends, ...]
    otherwise: TimeColumn | None  # of the root
    stale: ColumnElement[bool]  # facts from elsewhere are not complete, and may hide a later end; never NULL
    whose: ColumnElement[bool]  # nobody can tell about whom these facts would be; never NULL
    dialect: Dialect

    def _each(self, test: Callable[[Ends, FromClause], ColumnElement[bool]]) -> list[ColumnElement[bool]]:
        """For rows and for facts: whether one of them passes the test."""
        found: list[ColumnElement[bool]] = []
        for ends in self.ends:
            row = ends.table.alias()
            together = every(ends.of(self.root, row), test(ends, row))
            found.append(exists(select(1).select_from(row).where(together)))
        return found

    @property
    def hidden(self) -> ColumnElement[bool]:
        """There may be an end that nobody knows."""
        return some(self.stale, self.whose)

    def told_by(self, *origins: Origin) -> ColumnElement[bool]:
        """Whether one of these tells an end."""
        found: list[ColumnElement[bool]] = []
        for ends in self.ends:
            if ends.origin in origins:
                row = ends.table.alias()
                found.append(exists(select(1).select_from(row).where(ends.of(self.root, row))))
        return some(*found)

    def present(self) -> ColumnElement[bool]:
        return some(*self._each(lambda _, __: true()))

    def leaf(self, bound: Bound, ceiling_at: Bound | None = None) -> Leaf:
        """Runs from the last end. Of rows, NULL and declared sentinels are open; what cannot be read is unknown.

        ``ceiling_at``: as-of, for a ceiling; it does not believe in another event that lies in the future.
        """

        def not_ended(ends: Ends, row: FromClause) -> ColumnElement[bool]:
            return not_(certainly(column_leaf(row, ends.end, bound, self.dialect).ended))

        # NOT before each of them, or PostgreSQL would look every row up instead of joining.
        ended_by_rows = every(self.present(), not_(self.hidden), *(not_(found) for found in self._each(not_ended)))
        kept_by_rows = self._kept(bound)
        if self.otherwise is None:
            return Leaf(ended=ended_by_rows, kept=kept_by_rows)
        if ceiling_at is None:
            without = column_leaf(self.root, self.otherwise, bound, self.dialect)
        else:
            without = ceiling_leaf(self.root, self.otherwise, bound, ceiling_at, self.dialect)
        alone = every(not_(self.present()), not_(self.hidden))
        return Leaf(
            ended=or_(ended_by_rows, and_(alone, without.ended)),
            kept=or_(kept_by_rows, and_(alone, without.kept)),
        )

    def _kept(self, bound: Bound) -> ColumnElement[bool]:
        def kept(ends: Ends, row: FromClause) -> ColumnElement[bool]:
            return some(ends.is_open(row), column_leaf(row, ends.end, bound, self.dialect).kept)

        return some(*self._each(kept))

    def active(self, now: Bound) -> ColumnElement[bool]:
        return self._kept(now)

    def newly(self, row: FromClause, after: Bound, until: Bound) -> list[ColumnElement[bool]]:
        """Tests of a root ``row``: an end of its (or, without any, the other event) passed between two bounds."""
        tests: list[ColumnElement[bool]] = []
        for ends in self.ends:
            there = ends.table.alias()
            passed_ends = every(within(there, ends.end, after, until, self.dialect), ends.meant(there))
            keys = select(*(there.c[name] for name in ends.columns)).where(passed_ends)
            tests.append(_together(ends.key(row)).in_(keys))
        if self.otherwise is not None:
            tests.append(within(row, self.otherwise, after, until, self.dialect))
        return tests if isinstance(self.stale, False_) else [*tests, self.stale]


def joined(near: FromClause, far: FromClause, join: Join) -> ColumnElement[bool]:
    pairs = zip(join.columns, join.far_columns, strict=True)
    return every(*(near.c[column] == far.c[far_column] for column, far_column in pairs))


def row_value(row: FromClause, columns: tuple[str, ...]) -> Any:
    """One column, or a tuple of several, for ``IN (SELECT ...)``."""
    return _together(tuple(row.c[column] for column in columns))


def _together(values: tuple[ColumnElement[Any], ...]) -> Any:
    return values[0] if len(values) == 1 else tuple_(*values)


def _readable(row: FromClause, at: TimeColumn, dialect: Dialect) -> list[ColumnElement[bool]]:
    guard = dialect.readable(row.c[at.column], at.stored)
    return [] if guard is None else [guard]
