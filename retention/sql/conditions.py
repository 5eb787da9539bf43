"""A rule's condition as SQL, with bound constants. NULL makes it unknown, as in model.condition.holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any as Anything
from typing import TypeAlias

from sqlalchemy import Boolean, ColumnElement, FromClause, and_, case, false, func, not_, or_, true
from sqlalchemy.sql.elements import False_, True_

from retention.model.condition import All, Any, Compare, Condition, Not, Operator
from retention.model.join import Lookup
from retention.sql.dialects.base import Dialect

LookUp: TypeAlias = Callable[[Lookup], ColumnElement[Anything]]


def _nothing(lookup: Lookup) -> ColumnElement[Anything]:
    raise AssertionError(f"a condition reads {lookup.column} of another row, where it may not")


def condition_sql(
    condition: Condition, row: FromClause, dialect: Dialect, look_up: LookUp = _nothing
) -> ColumnElement[bool]:
    """TRUE, FALSE or NULL for one row of ``row``. ``look_up`` gives what it reads of other rows."""
    match condition:
        case Compare(lookup=lookup):
            column = row.c[condition.column] if lookup is None else look_up(lookup)
            return _compare(condition, column, dialect)
        case All(parts=parts):
            return every(*(condition_sql(part, row, dialect, look_up) for part in parts))
        case Any(parts=parts):
            return some(*(condition_sql(part, row, dialect, look_up) for part in parts))
        case Not(part=part):
            return not_(condition_sql(part, row, dialect, look_up))


def certainly(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """TRUE where the expression is, else FALSE: never NULL."""
    return expression if _is_constant(expression) else func.coalesce(expression, false(), type_=Boolean())


def possibly(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """FALSE where the expression is, else TRUE: never NULL."""
    return expression if _is_constant(expression) else func.coalesce(expression, true(), type_=Boolean())


def every(*parts: ColumnElement[bool]) -> ColumnElement[bool]:
    """AND, without what is always true; TRUE of nothing."""
    return _joined(parts, True_, False_, and_)


def some(*parts: ColumnElement[bool]) -> ColumnElement[bool]:
    """OR, without what is always false; FALSE of nothing."""
    return _joined(parts, False_, True_, or_)


def _joined(
    parts: Sequence[ColumnElement[bool]],
    nothing: type[True_] | type[False_],
    everything: type[True_] | type[False_],
    join: Callable[..., ColumnElement[bool]],
) -> ColumnElement[bool]:
    if any(isinstance(part, everything) for part in parts):
        return true() if everything is True_ else false()
    left = [part for part in parts if not isinstance(part, nothing)]
    if not left:
        return true() if nothing is True_ else false()
    return left[0] if len(left) == 1 else join(*left)


def _is_constant(expression: ColumnElement[bool]) -> bool:
    return isinstance(expression, True_ | False_)


def _compare(compare: Compare, column: ColumnElement[Anything], dialect: Dialect) -> ColumnElement[bool]:
    match compare.operator:
        case Operator.IS_NULL:
            return column.is_(None)
        case Operator.IS_NOT_NULL:
            return column.is_not(None)
        case Operator.EQUALS:
            return _readable(compare, column, dialect, _exact(compare, column, dialect) == compare.values[0])
        case Operator.NOT_EQUALS:
            return _readable(compare, column, dialect, _exact(compare, column, dialect) != compare.values[0])
        case Operator.IN:
            return _readable(compare, column, dialect, _exact(compare, column, dialect).in_(compare.values))
        case Operator.NOT_IN:
            return _readable(compare, column, dialect, _exact(compare, column, dialect).not_in(compare.values))
    return _readable(compare, column, dialect, _ordered(compare, column, dialect))


def _exact(compare: Compare, column: ColumnElement[Anything], dialect: Dialect) -> ColumnElement[Anything]:
    return dialect.exact(column) if isinstance(compare.values[0], str) else column


def _ordered(compare: Compare, column: ColumnElement[Anything], dialect: Dialect) -> ColumnElement[bool]:
    value = compare.values[0]
    if isinstance(value, str):
        column = dialect.bytewise(column)
    match compare.operator:
        case Operator.LESS_THAN:
            return column < value
        case Operator.AT_MOST:
            return column <= value
        case Operator.MORE_THAN:
            return column > value
        case _:
            return column >= value


def _readable(
    compare: Compare, column: ColumnElement[Anything], dialect: Dialect, compared: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Unknown where a value is of another kind than the constant."""
    guard = dialect.comparable(column, compare.values[0])
    return compared if guard is None else case((guard, compared))
