"""The rows that belong to a group, and the rows outside of it that refer to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, exists, not_, select

from retention.model.join import Join
from retention.model.rule import Member, Rule
from retention.model.schema import ForeignKey, Schema
from retention.sql.conditions import certainly
from retention.sql.dialects.base import Dialect
from retention.sql.leaves import joined, row_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key from ``table`` onto ``member`` (the root or a member table) that does not make its rows members."""

    table: str
    key: ForeignKey
    member: str


def references_to(rule: Rule, schema: Schema) -> Iterator[Reference]:
    """Every foreign key onto the group's tables, but those by which rows go with the group."""
    going_with = {(member.table, member.join.columns, member.parent) for member in rule.members}
    for table in rule.tables:
        for referring, key in schema.referring_to(table):
            if (referring.name, key.columns, table) not in going_with:
                yield Reference(table=referring.name, key=key, member=table)


def member_chain(rule: Rule, table: str) -> tuple[Member, ...]:
    """The members from ``table`` up to, but without, the root."""
    by_table = {member.table: member for member in rule.members}
    chain: list[Member] = []
    while table != rule.table:
        chain.append(by_table[table])
        table = by_table[table].parent
    return tuple(chain)


def rows_of_root(
    rule: Rule, tables: Mapping[str, Table], table: str, root: FromClause
) -> tuple[Select[tuple[int]], FromClause]:
    """``SELECT 1`` over the rows of a member table that belong to one ``root`` row, and the member's alias in it."""
    chain = member_chain(rule, table)
    innermost: FromClause = tables[table].alias()
    statement = select(1).select_from(innermost)
    near = innermost
    for member in chain:
        far: FromClause = root if member.parent == rule.table else tables[member.parent].alias()
        statement = statement.where(joined(near, far, member.join))
        near = far
    return statement.correlate(root), innermost


def goes_with(
    rule: Rule, tables: Mapping[str, Table], table: str, row: FromClause, root: FromClause, test: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether the root row with which this ``row`` of a table of the group goes passes a test on ``root``."""
    statement = select(1).select_from(root).where(test)
    near = row
    for member in member_chain(rule, table):
        far: FromClause = root if member.parent == rule.table else tables[member.parent].alias()
        statement = statement.where(joined(near, far, member.join))
        near = far
    if table == rule.table:
        statement = statement.where(*(row.c[column] == root.c[column] for column in rule.primary_key))
    return exists(statement.correlate(row))


def referenced(
    reference: Reference,
    rule: Rule,
    tables: Mapping[str, Table],
    root: FromClause,
    leaving_out: Callable[[FromClause], ColumnElement[bool]] | None = None,
) -> ColumnElement[bool]:
    """Whether a row outside of the group refers to the group of this ``root`` row.

    ``leaving_out``: a test of the referring row, for those that do not count.
    """
    statement, referring = referring_rows(reference, rule, tables, root)
    return exists(statement if leaving_out is None else statement.where(not_(leaving_out(referring))))


def referring_rows(
    reference: Reference, rule: Rule, tables: Mapping[str, Table], root: FromClause
) -> tuple[Select[tuple[int]], FromClause]:
    """``SELECT 1`` over the rows outside of the group of this ``root`` row that refer to it, and their alias in it."""
    referring = tables[reference.table].alias()
    join = Join(columns=reference.key.columns, table=reference.member, far_columns=reference.key.referred_columns)
    if reference.member == rule.table:
        statement = select(1).select_from(referring).where(joined(referring, root, join)).correlate(root)
    else:
        statement, member = rows_of_root(rule, tables, reference.member, root)
        statement = statement.where(joined(referring, member, join))
    if reference.table in rule.tables:  # a further foreign key within one and the same group
        statement = statement.where(not_(_goes_along(rule, tables, reference.table, referring, root)))
    return statement, referring


def _goes_along(
    rule: Rule, tables: Mapping[str, Table], table: str, row: FromClause, root: FromClause
) -> ColumnElement[bool]:
    """Whether a row of a table of the group goes with this very root row, or is it. Never NULL: what refers to nothing
    goes with no root."""
    chain = member_chain(rule, table)
    if not chain:
        return and_(*(row.c[column] == root.c[column] for column in rule.primary_key))
    if chain[0].parent == rule.table:
        return certainly(joined(row, root, chain[0].join))
    statement, near = select(1), row
    for member in chain:
        far: FromClause = root if member.parent == rule.table else tables[member.parent].alias()
        statement = statement.where(joined(near, far, member.join))
        near = far
    return exists(statement.correlate(row, root))


def in_keys(rule: Rule, tables: Mapping[str, Table], table: str, keys: FromClause) -> ColumnElement[bool]:
    """The rows of one table of the group that belong to the groups in a key table (columns k1..kn)."""
    return _in_keys(rule, tables, tables[table], table, keys)


def written_in_keys(
    rule: Rule, tables: Mapping[str, Table], table: str, keys: FromClause, dialect: Dialect
) -> ColumnElement[bool]:
    """The same rows, as the WHERE of an UPDATE or a DELETE."""
    if dialect.nested_once:
        return in_keys(rule, tables, table, keys)
    return joined_to_keys(rule, tables, table, keys)


def joined_to_keys(rule: Rule, tables: Mapping[str, Table], table: str, keys: FromClause) -> ColumnElement[bool]:
    """The same rows by a join: a row may come several times where a reference is not onto a unique key."""
    tests: list[ColumnElement[bool]] = []
    near: FromClause = tables[table]
    by_root_key = {column: keys.c[f"k{position}"] for position, column in enumerate(rule.primary_key, start=1)}
    for member in member_chain(rule, table):
        if member.parent == rule.table and set(member.join.far_columns) <= set(by_root_key):
            pairs = zip(member.join.columns, member.join.far_columns, strict=True)
            return and_(*tests, *(near.c[column] == by_root_key[far_column] for column, far_column in pairs))
        far: FromClause = tables[member.parent].alias()
        tests.append(joined(near, far, member.join))
        near = far
    return and_(*tests, *(near.c[column] == key for column, key in by_root_key.items()))


def _in_keys(
    rule: Rule, tables: Mapping[str, Table], row: FromClause, table: str, keys: FromClause
) -> ColumnElement[bool]:
    key_columns = [keys.c[f"k{position}"] for position in range(1, len(rule.primary_key) + 1)]
    if table == rule.table:
        value = row_value(row, rule.primary_key)
        return value.in_(select(*key_columns))  # type: ignore[no-any-return]
    member = member_chain(rule, table)[0]
    by_root_key = dict(zip(rule.primary_key, key_columns, strict=True))
    if member.parent == rule.table and set(member.join.far_columns) <= set(by_root_key):
        matching = [by_root_key[column] for column in member.join.far_columns]
        return row_value(row, member.join.columns).in_(select(*matching))  # type: ignore[no-any-return]
    parent = tables[member.parent].alias()
    parents = select(*(parent.c[column] for column in member.join.far_columns)).where(
        _in_keys(rule, tables, parent, member.parent, keys)
    )
    return row_value(row, member.join.columns).in_(parents)  # type: ignore[no-any-return]
