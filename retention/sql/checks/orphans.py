"""No orphan: what refers to a table that the run deleted from still finds what it refers to.

A reference that only the dataset file declares may have dangled before: there, rows count that refer to a group which
this run deleted, and the others are said.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, not_, select

from retention.model.rule import Action, Join
from retention.model.schema import ForeignKey
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.leaves import joined, row_value

NAME = "no_orphan"


def no_orphan(look: Look) -> Iterator[Finding]:
    for name, table in sorted(look.schema.tables.items()):
        for key in table.foreign_keys:
            if key.table in look.tables and {name, key.table} & set(look.touched_tables):
                yield _orphans(look, name, key)


def _orphans(look: Look, table: str, key: ForeignKey) -> Finding:
    child, parent = look.tables[table], look.tables[key.table].alias("parent")
    join = Join(columns=key.columns, table=key.table, far_columns=key.referred_columns)
    refers = and_(*(child.c[column].is_not(None) for column in key.columns))
    dangling = and_(refers, not_(exists(select(1).select_from(parent).where(joined(child, parent, join)))))
    count = select(func.count()).select_from(child)
    orphans = look.number(count.where(dangling))
    ours = orphans
    if orphans and not key.declared:
        ours = look.number(count.where(dangling, _deleted_now(look, child, key)))
    return Finding(
        check_name=NAME,
        rule_id="",
        table_name=table,
        column_name=", ".join(key.columns),
        examined=look.count(child),
        violations=ours,
        note=f"{orphans - ours:,} rows refer to nothing that this run deleted, or to nothing at all: no database "
        "enforces this reference"
        if orphans > ours
        else "",
    )


def _deleted_now(look: Look, child: FromClause, key: ForeignKey) -> ColumnElement[bool]:
    """The row refers to a group that was a candidate of this run's deletions."""
    for compiled in look.changed_rules:
        context = compiled.context
        deleted, _ = look.written(context.rule.id, Action.DELETE)
        if context.rule.table != key.table or not deleted or set(key.referred_columns) != set(context.rule.primary_key):
            continue
        candidate = context.rule_tables.candidate
        places = {column: f"k{position}" for position, column in enumerate(context.rule.primary_key, start=1)}
        keys = select(*(candidate.c[places[column]] for column in key.referred_columns))
        return row_value(child, key.columns).in_(keys.where(candidate.c.run_id == look.run_id))  # type: ignore[no-any-return]
    return and_(*(child.c[column] != child.c[column] for column in key.columns))
