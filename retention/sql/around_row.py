"""What stands around one root row: the rows that go with it, those that refer to it, and the root of a member row."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, select

from retention.sql.compiled_rule import RuleContext
from retention.sql.group import member_chain, references_to, referring_rows, rows_of_root
from retention.sql.leaves import joined


def member_rows(connection: Connection, context: RuleContext, key: tuple[object, ...]) -> Iterator[tuple[str, int]]:
    """(table, rows) of each member table whose rows go with the root row."""
    for member in context.rule.members:
        rows, _ = rows_of_root(context.rule, context.tables, member.table, context.root)
        yield member.table, _counted(connection, context, key, rows)


def referring_counts(
    connection: Connection, context: RuleContext, key: tuple[object, ...]
) -> Iterator[tuple[str, int]]:
    """(table, rows) of each foreign key by which rows outside of the group refer to it; tables may come twice."""
    for reference in references_to(context.rule, context.schema):
        rows, _ = referring_rows(reference, context.rule, context.tables, context.root)
        if count := _counted(connection, context, key, rows):
            yield reference.table, count


def root_key(
    connection: Connection, context: RuleContext, table: str, key: tuple[object, ...]
) -> tuple[object, ...] | None:
    """The key of the root row with which a row of a member table goes; None: there is no such row, or no root."""
    row: FromClause = context.tables[table].alias()
    primary_key = next(member.primary_key for member in context.rule.members if member.table == table)
    here, near = row, row
    statement = select(*(context.root.c[name] for name in context.rule.primary_key)).select_from(context.root)
    for member in member_chain(context.rule, table):
        far: FromClause = context.root if member.parent == context.rule.table else context.tables[member.parent].alias()
        statement = statement.where(joined(near, far, member.join))
        near = far
    found = connection.execute(statement.where(_is(here, primary_key, key))).first()
    return None if found is None else tuple(found)


def _counted(connection: Connection, context: RuleContext, key: tuple[object, ...], rows: Select[tuple[int]]) -> int:
    counted = rows.with_only_columns(func.count()).scalar_subquery()
    here = _is(context.root, context.rule.primary_key, key)
    return int(connection.execute(select(counted).select_from(context.root).where(here)).scalar_one())


def _is(row: FromClause, columns: tuple[str, ...], key: tuple[object, ...]) -> ColumnElement[bool]:
    return and_(*(row.c[name] == value for name, value in zip(columns, key, strict=True)))
