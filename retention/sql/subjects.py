"""The person whom a row is about, and whether a hold covers that person."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, FromClause, String, Table, and_, exists, false, literal, null, or_, select

from retention.model.rule import Missing, SubjectPath
from retention.sql.dialects.base import Dialect
from retention.sql.leaves import joined


def subject_key(
    subject: SubjectPath | None, row: FromClause, tables: Mapping[str, Table], dialect: Dialect
) -> ColumnElement[str]:
    """The canonical text key of the row's subject; NULL where there is none or the path leads nowhere."""
    if subject is None:
        return null().cast(String)
    if not subject.path:
        return dialect.canonical_text(row.c[subject.key])
    near: FromClause = tables[subject.path[0].table].alias()
    statement = select(1).select_from(near).where(joined(row, near, subject.path[0])).correlate(row)
    for hop in subject.path[1:]:
        far: FromClause = tables[hop.table].alias()
        statement = statement.where(joined(near, far, hop))
        near = far
    return statement.with_only_columns(dialect.canonical_text(near.c[subject.key])).scalar_subquery()


def held(
    subject: SubjectPath | None,
    key: ColumnElement[str],
    holds: FromClause,
    hold_id: ColumnElement[str] | None = None,
) -> ColumnElement[bool]:
    """A hold, or this one, certainly covers the row's subject: never NULL."""
    if subject is None:
        return false()
    covering = select(1).select_from(holds).where(holds.c.kind == literal(subject.kind), holds.c.subject_key == key)
    if hold_id is not None:
        covering = covering.where(holds.c.hold_id == hold_id)
    return exists(covering.correlate_except(holds))


def perhaps_held(subject: SubjectPath | None, key: ColumnElement[str], holds: FromClause) -> ColumnElement[bool]:
    """A hold may cover the row: nobody can tell whom the row is about, and there are holds on this kind of subject."""
    if subject is None:
        return false()
    certain = held(subject, key, holds)
    if subject.missing is Missing.NOBODY:
        return certain
    some = exists(select(1).select_from(holds).where(holds.c.kind == literal(subject.kind)))
    return or_(certain, and_(key.is_(None), some))
