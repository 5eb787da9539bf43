"""Rows that refer to themselves, where the database lets no such row go."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import FromClause, Update, null, update

from retention.model.schema import ForeignKey
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import written_in_keys


def untie(context: RuleContext, keys: FromClause) -> list[Update]:
    """Before the roots in ``keys`` are deleted: they no longer refer to themselves. A reference that may not be NULL
    stays, and with it the row: the database refuses it, and its group is set aside."""
    if context.dialect.self_references_go:
        return []
    root, rule = context.root, context.rule
    statements = []
    for key, column in _untied(context):
        pairs = zip(key.columns, key.referred_columns, strict=True)
        itself = (root.c[near] == root.c[far] for near, far in pairs)
        theirs = written_in_keys(rule, context.tables, rule.table, keys, context.dialect)
        statements.append(update(root).values({root.c[column]: null()}).where(theirs, *itself))
    return statements


def _untied(context: RuleContext) -> Iterator[tuple[ForeignKey, str]]:
    """Each enforced foreign key of the root's table onto itself, with a column of it that may be emptied."""
    table = context.schema.tables[context.rule.table]
    for key in table.foreign_keys:
        if key.table == table.name and key.declared and key.on_delete != "CASCADE":
            columns = (table.column(name) for name in key.columns)
            empty = (
                column.name for column in columns if column is not None and column.nullable and not column.generated
            )
            yield from ((key, name) for name in list(empty)[:1])
