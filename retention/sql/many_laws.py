"""Of many clauses, each has ended where it applies: asked so that laws which do not apply to a row cost it little.

Clauses that apply to the same rows are asked together once. Those that apply by the value of one column, as laws of
countries do, are sorted by value: a row is then compared with the values until one is its own, and with no law else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, false, not_
from sqlalchemy.sql.elements import False_

from retention.model.condition import Compare, Condition, Operator, Scalar
from retention.model.starting_point import TimeColumn
from retention.sql.bounds import Bound
from retention.sql.clauses import ClauseSql
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly, every, possibly, some
from retention.sql.leaves import column_leaf


def all_ended(context: RuleContext, clauses: Iterable[ClauseSql]) -> ColumnElement[bool]:
    """Each clause has ended, or does not apply. May be NULL; only to be used positively."""
    groups: dict[object, list[ClauseSql]] = {}
    for place, one in enumerate(clauses):
        groups.setdefault(place if one.rows is None else _spelled(one.rows), []).append(one)
    by_column: dict[object, list[_Alike]] = {}
    for group in groups.values():
        alike = _Alike(tuple(group))
        by_column.setdefault(alike.column or alike, []).append(alike)
    return every(*(_together(context, found) for found in by_column.values()))


def some_release(context: RuleContext, clauses: Iterable[ClauseSql]) -> ColumnElement[bool]:
    """One of them applies, and its end can make the row due. Never NULL."""
    named: dict[str, Condition] = {}
    others: list[ColumnElement[bool]] = []
    for one in clauses:
        when = None if one.rows is None else one.rows[0]
        if when is None:
            others.append(one.releases)
        elif not isinstance(one.releases, False_):
            named[_spelled(when)] = when
    return some(*others, certainly(some(*(context.condition(when) for when in _joined(named.values())))))


def _spelled(condition: object) -> str:
    """To Python 1 equals True, and a condition on the one that on the other."""
    return repr(condition)


def _joined(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Those that ask for values of one column as one."""
    values: dict[Compare, list[Scalar]] = {}
    for one in conditions:
        if isinstance(one, Compare) and _plain(one):
            values.setdefault(replace(one, operator=Operator.IN, values=()), []).extend(one.values)
        else:
            yield one
    for one, asked in values.items():
        yield replace(one, values=tuple(dict.fromkeys(asked)))


@dataclass(frozen=True, eq=False)
class _Alike:
    """Clauses that apply to the same rows."""

    clauses: tuple[ClauseSql, ...]

    def ended(self, context: RuleContext) -> ColumnElement[bool]:
        first = self.clauses[0]
        return first.ended if len(self.clauses) == 1 else some(first.spared, _over(context, [self]))

    @property
    def column(self) -> Compare | None:
        """By whose values they apply, without the values; None where it is not by these alone."""
        rows = self.clauses[0].rows
        if rows is None or rows[1] is not None or not isinstance(rows[0], Compare) or not _plain(rows[0]):
            return None
        return replace(rows[0], operator=Operator.IN, values=())

    @property
    def values(self) -> tuple[Scalar, ...]:
        rows = self.clauses[0].rows
        return rows[0].values if rows is not None and isinstance(rows[0], Compare) else ()


def _plain(compare: Compare) -> bool:
    """Its values are codes, which are the same to every database where they are alike but for their case."""
    asked = compare.operator in (Operator.EQUALS, Operator.IN)
    return asked and all(isinstance(value, str) and value.isascii() and value.isalnum() for value in compare.values)


def _together(context: RuleContext, groups: list[_Alike]) -> ColumnElement[bool]:
    """By value, but where nothing is gained, or a database may take two of the values for one."""
    column = groups[0].column
    of_value: dict[Scalar, list[_Alike]] = {}
    for group in groups:
        for value in group.values:
            of_value.setdefault(value, []).append(group)
    if column is None or len(groups) < 2 or len({str(value).casefold() for value in of_value}) < len(of_value):
        return every(*(group.ended(context) for group in groups))
    values: dict[tuple[_Alike, ...], list[Scalar]] = {}
    for value, together in of_value.items():
        values.setdefault(tuple(together), []).append(value)
    none = not_(possibly(context.condition(replace(column, values=tuple(of_value)))))

    def is_one_of(asked: Iterable[Scalar]) -> ColumnElement[bool]:
        listed = tuple(asked)
        return context.condition(replace(column, values=listed)) if listed else false()

    own = [  # a collation of PostgreSQL's may take two values for one (Lithuanian: LI and LY)
        every(is_one_of(mine), _over(context, together), not_(is_one_of(one for one in of_value if one not in mine)))
        for together, mine in values.items()
    ]
    return some(none, *own, _over(context, groups))  # the last: whatever the value is


def _over(context: RuleContext, groups: Iterable[_Alike]) -> ColumnElement[bool]:
    """All have ended: of those that run from one column of days, the one that ends last has."""
    earliest: dict[TimeColumn, Bound] = {}
    others: list[ColumnElement[bool]] = []
    for one in (clause for group in groups for clause in group.clauses):
        if one.by_day is None:
            others.append(one.over)
        else:
            at, bound = one.by_day
            earliest[at] = min(earliest.get(at, bound), bound, key=_day)
    days = (column_leaf(context.root, at, bound, context.dialect).ended for at, bound in earliest.items())
    return every(*days, *others)


def _day(bound: Bound) -> date:
    if bound.last_day is None:
        raise AssertionError("whole days have a last one")
    return bound.last_day
