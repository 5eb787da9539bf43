"""A rule's condition as SQL, with bound constants. NULL makes it unknown, as in model.condition.holds."""

from __future__ import annotations

from sqlalchemy import Boolean, ColumnElement, FromClause, and_, false, func, not_, or_, true

from retention.model.condition import All, Any, Compare, Condition, Not, Operator


def condition_sql(condition: Condition, row: FromClause) -> ColumnElement[bool]:
    """TRUE, FALSE or NULL for one row of ``row``."""
    match condition:
        case Compare():
            return _compare(condition, row)
        case All(parts=parts):
            return and_(true(), *(condition_sql(part, row) for part in parts))
        case Any(parts=parts):
            return or_(false(), *(condition_sql(part, row) for part in parts))
        case Not(part=part):
            return not_(condition_sql(part, row))


def certainly(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """TRUE where the expression is, else FALSE: never NULL."""
    return func.coalesce(expression, false(), type_=Boolean())


def possibly(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """FALSE where the expression is, else TRUE: never NULL."""
    return func.coalesce(expression, true(), type_=Boolean())


def _compare(compare: Compare, row: FromClause) -> ColumnElement[bool]:
    column = row.c[compare.column]
    first = compare.values[0] if compare.values else None
    match compare.operator:
        case Operator.EQUALS:
            return column == first
        case Operator.NOT_EQUALS:
            return column != first
        case Operator.IN:
            return column.in_(compare.values)
        case Operator.NOT_IN:
            return column.not_in(compare.values)
        case Operator.LESS_THAN:
            return column < first
        case Operator.AT_MOST:
            return column <= first
        case Operator.MORE_THAN:
            return column > first
        case Operator.AT_LEAST:
            return column >= first
        case Operator.IS_NULL:
            return column.is_(None)
        case Operator.IS_NOT_NULL:
            return column.is_not(None)
