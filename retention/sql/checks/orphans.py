"""No orphan: what refers to a table that the run deleted from still finds what it refers to.

A reference that only the dataset file declares may have dangled before: there, rows count that refer to a group which
this run deleted, and the others are said.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, func, literal, not_, select

from retention.model.join import Join
from retention.model.rule import Action
from retention.model.schema import ForeignKey
from retention.sql.checks.emptiness import of_whole
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import LIST_GONE, Look
from retention.sql.leaves import joined, row_value

NAME = "no_orphan"


def no_orphan(look: Look) -> Iterator[Finding]:
    for table, key in _references(look):
        child = look.tables[table]
        orphans = look.number(_count(_dangling(look, table, key)))
        ours = look.number(_count(_of_run(look, table, key))) if orphans else 0
        if orphans and not key.declared and _list_gone(look, key.table):
            yield Finding(
                check_name=NAME,
                rule_id="",
                table_name=table,
                column_name=", ".join(key.columns),
                unknown=orphans,
                note=LIST_GONE,
            )
            continue
        yield of_whole(
            look,
            table=look.tables[table],
            finding=Finding(
                check_name=NAME,
                rule_id="",
                table_name=table,
                column_name=", ".join(key.columns),
                examined=look.count(child),
                violations=ours,
                note=f"{orphans - ours:,} rows refer to something else that is not there: no database enforces this "
                "reference"
                if orphans > ours
                else "",
            ),
        )


def orphans_of_run(look: Look) -> Iterator[tuple[str, ForeignKey, Select[int]]]:
    """The rows that count, one query for each reference."""
    for table, key in _references(look):
        yield table, key, _of_run(look, table, key)


def _references(look: Look) -> Iterator[tuple[str, ForeignKey]]:
    touched = set(look.touched_tables)
    for name, table in sorted(look.schema.tables.items()):
        for key in table.foreign_keys:
            if key.table in look.tables and {name, key.table} & touched:
                yield name, key


def _dangling(look: Look, table: str, key: ForeignKey) -> Select[int]:
    child, parent = look.tables[table], look.tables[key.table].alias("parent")
    join = Join(columns=key.columns, table=key.table, far_columns=key.referred_columns)
    refers = and_(*(child.c[column].is_not(None) for column in key.columns))
    missing = not_(exists(select(1).select_from(parent).where(joined(child, parent, join))))
    return select(literal(1).label("orphan")).select_from(child).where(refers, missing)


def _of_run(look: Look, table: str, key: ForeignKey) -> Select[int]:
    dangling = _dangling(look, table, key)
    return dangling if key.declared else dangling.where(_deleted_now(look, look.tables[table], key))


def _list_gone(look: Look, table: str) -> bool:
    """Whether it cannot be told any more which groups of a table this run deleted."""
    return any(one.context.rule.table == table and look.list_gone(one) for one in look.changed_rules)


def _count(rows: Select[int]) -> Select[int]:
    return select(func.count()).select_from(rows.subquery())


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
