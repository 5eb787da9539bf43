"""The root rows that are about one person, and the further keys of that person in the rows of identity links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, literal, not_, or_, select, true

from retention.model.hold import LONGEST_KEY, SubjectKey
from retention.model.rule import Missing, SubjectPath
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import some
from retention.sql.dialects.base import Dialect
from retention.sql.identity_links import LinkRows
from retention.sql.leaves import joined


def rows_about(
    connection: Connection, context: RuleContext, keys: Iterable[str], most: int
) -> tuple[tuple[tuple[object, ...], ...], int]:
    """The primary keys, in order, of at most so many root rows that are about a person with one of these canonical
    text keys, and how many such rows there are."""
    subject = context.rule.subject
    if subject is None:
        return (), 0
    root = context.root
    rows, last = _along(context, subject)
    column = last.c[subject.key]
    about = some(*(_is(column, literal(key), context.dialect) for key in keys))
    primary_key = [root.c[name] for name in context.rule.primary_key]
    found = select(*primary_key).select_from(rows).where(about).order_by(*primary_key).limit(most + 1)
    some_keys = tuple(tuple(row) for row in connection.execute(found))
    if len(some_keys) <= most:
        return some_keys, len(some_keys)
    counted = select(func.count()).select_from(rows).where(about)
    return some_keys[:most], int(connection.execute(counted).scalar_one())


def some_nameless(connection: Connection, context: RuleContext) -> bool:
    """Whether some root rows are about nobody knows whom, and the rule does not say that they are about nobody."""
    if context.rule.subject is None or context.rule.subject.missing is Missing.NOBODY:
        return False
    nameless = select(1).select_from(context.root).where(context.subject_key().is_(None))
    return connection.execute(nameless.limit(1)).first() is not None


def _along(context: RuleContext, subject: SubjectPath) -> tuple[FromClause, FromClause]:
    """The root joined along the path, and the table at its end: so that its index finds the person."""
    rows: FromClause = context.root
    near: FromClause = context.root
    for hop in subject.path:
        far = context.tables[hop.table].alias()
        rows, near = rows.join(far, joined(near, far, hop)), far
    return rows, near


def _is(column: ColumnElement[str], key: ColumnElement[str], dialect: Dialect) -> ColumnElement[bool]:
    """An index on the column serves it where its type allows, and the text decides."""
    value = dialect.key_value(key, column)
    return and_(true() if value is None else column == value, dialect.canonical_text(column) == key)


def key_text(key: tuple[object, ...]) -> str:
    """As `key_from_text` reads it."""
    return ",".join(one.isoformat() if isinstance(one, date) else str(one) for one in key)


# -- identity links ----------------------------------------------------------------------------------------------------


def named_beside(connection: Connection, rows: LinkRows, subject: SubjectKey) -> Iterator[SubjectKey]:
    """The keys of other kinds in the rows that name this one: the same person's."""
    for kind, about in _others(rows, subject):
        key = rows.key(kind)
        statement = select(key).select_from(rows.row).where(about, rows.names(kind), func.length(key) <= LONGEST_KEY)
        for found in connection.execute(statement.distinct()).scalars():
            yield SubjectKey(kind=kind, key=found)


def silent_kinds(connection: Connection, rows: LinkRows, subject: SubjectKey) -> Iterator[tuple[str, int]]:
    """(kind, rows) of rows that name this key and none of that kind: there may be one that nobody knows."""
    for kind, about in _others(rows, subject):
        unknown = func.length(rows.key(kind)) > LONGEST_KEY
        if not rows.link.null_is_nobody:
            unknown = or_(not_(rows.names(kind)), unknown)
        statement = select(func.count()).select_from(rows.row).where(about, unknown)
        if count := int(connection.execute(statement).scalar_one()):
            yield kind, count


def _others(rows: LinkRows, subject: SubjectKey) -> Iterator[tuple[str, ColumnElement[bool]]]:
    if subject.kind in rows.link.subjects:
        for kind in rows.link.subjects:
            if kind != subject.kind:
                yield kind, rows.is_about(subject.kind, literal(subject.key))
