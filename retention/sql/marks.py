"""Marks of pseudonymized rows: valid only while the written columns still hold what was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    FromClause,
    Insert,
    Select,
    Table,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    true,
)
from sqlalchemy import delete as sql_delete

from retention.model.rule import ColumnUse, Replace
from retention.model.terms import Terms
from retention.planning import calendar
from retention.planning.counting import passed_days
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import in_keys, joined_to_keys, rows_of_root
from retention.sql.leaves import row_value
from retention.sql.pseudonymize import written_digest


def written_columns(columns: Iterable[ColumnUse]) -> tuple[str, ...]:
    """The columns that a pseudonymization writes."""
    return tuple(use.column for use in columns if isinstance(use.treatment, Replace))


def written_tables(context: RuleContext) -> dict[str, tuple[ColumnUse, ...]]:
    """The tables of the group in which something is replaced, with the columns that are."""
    rule = context.rule
    everything = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
    replaced = {
        table: tuple(use for use in uses if isinstance(use.treatment, Replace)) for table, uses in everything.items()
    }
    return {table: uses for table, uses in replaced.items() if uses}


def _primary_key(context: RuleContext, table: str) -> tuple[str, ...]:
    if table == context.rule.table:
        return context.rule.primary_key
    return next(member.primary_key for member in context.rule.members if member.table == table)


def _mark_of(context: RuleContext, table: str, row: FromClause) -> tuple[Table, ColumnElement[bool]]:
    mark = context.rule_tables.marks[table]
    key = _primary_key(context, table)
    same = [mark.c[f"k{position}"] == row.c[column] for position, column in enumerate(key, start=1)]
    columns = [row.c[name] for name in written_columns(written_tables(context)[table])]
    return mark, and_(*same, mark.c.written == written_digest(columns, context.dialect))


def marked(context: RuleContext) -> ColumnElement[bool]:
    """The whole group is pseudonymized: the root's mark is valid, and no member row is without a valid one."""
    tests: list[ColumnElement[bool]] = []
    for table in written_tables(context):
        if table == context.rule.table:
            mark, valid = _mark_of(context, table, context.root)
            tests.append(exists(select(1).select_from(mark).where(valid)))
            continue
        rows, member = rows_of_root(context.rule, context.tables, table, context.root)
        mark, valid = _mark_of(context, table, member)
        tests.append(not_(exists(rows.where(not_(exists(select(1).select_from(mark).where(valid)))))))
    return and_(true(), *tests)


def marked_on(context: RuleContext) -> ColumnElement[str]:
    """The day that the root's valid mark carries, ISO 8601; NULL where there is none. Where nothing of the root is
    replaced, the first that a member's carries."""
    table = next(iter(written_tables(context)))
    if table == context.rule.table:
        mark, valid = _mark_of(context, table, context.root)
        return select(mark.c.marked_on).where(valid).scalar_subquery()
    rows, member = rows_of_root(context.rule, context.tables, table, context.root)
    mark, valid = _mark_of(context, table, member)
    return rows.with_only_columns(func.min(mark.c.marked_on)).join(mark, valid).scalar_subquery()


def follow_up_reached(context: RuleContext) -> ColumnElement[bool]:
    """The period after the pseudonymization has ended, counted from the day that the root's mark carries."""
    mark, valid = _mark_of(context, context.rule.table, context.root)
    return exists(select(1).select_from(mark).where(valid, mark.c.marked_on <= _last_followed_up(context)))


def followed_up(context: RuleContext) -> Select[Any]:
    """The keys of all roots of whose marks, valid or not, that period has ended."""
    mark = context.rule_tables.marks[context.rule.table]
    key = [mark.c[f"k{position}"] for position, _ in enumerate(context.rule.primary_key, start=1)]
    return select(*key).where(mark.c.marked_on <= _last_followed_up(context))


def _last_followed_up(context: RuleContext) -> str:
    """The last day whose marks are followed up, ISO 8601; empty: none is yet."""
    period = context.rule.disposition.then_delete_after
    if period is None:
        raise AssertionError(f"{context.rule.id}: nothing follows its pseudonymization")
    passed = passed_days(calendar.as_of_date(context.as_of, context.rule.zone), Terms.plain(period))
    return passed[-1].through.isoformat() if passed else ""


def forget_marks(context: RuleContext, keys: FromClause) -> list[Delete]:
    """Remove the marks of the groups in ``keys``, before they are written anew or with the rows that go."""
    statements = []
    for table in written_tables(context):
        mark = context.rule_tables.marks[table]
        key = _primary_key(context, table)
        rows = context.tables[table]
        if context.dialect.nested_once:
            mark_key = row_value(mark, tuple(f"k{position}" for position in range(1, len(key) + 1)))
            here = in_keys(context.rule, context.tables, table, keys)
            theirs = mark_key.in_(select(*(rows.c[column] for column in key)).where(here))
        else:
            same = (mark.c[f"k{position}"] == rows.c[column] for position, column in enumerate(key, start=1))
            theirs = and_(*same, joined_to_keys(context.rule, context.tables, table, keys))
        statements.append(sql_delete(mark).where(theirs))
    return statements


def write_marks(context: RuleContext, keys: FromClause, run_id: str, pools: str, key_id: str) -> list[Insert]:
    """Mark the rows that were just written. ``pools`` is JSON: pool name -> version."""
    statements = []
    for table, uses in written_tables(context).items():
        mark, rows, key = context.rule_tables.marks[table], context.tables[table], _primary_key(context, table)
        columns = [rows.c[name] for name in written_columns(uses)]
        values = {
            **{f"k{position}": rows.c[column] for position, column in enumerate(key, start=1)},
            "rule_id": literal(context.rule.id),
            "rule_digest": literal(context.rule.digest),
            "method": literal("pseudonymize"),
            "pools": literal(pools),
            "key_id": literal(key_id),
            "run_id": literal(run_id),
            "marked_on": literal(context.today),
            "written": written_digest(columns, context.dialect),
        }
        source = select(*(value.label(name) for name, value in values.items())).where(
            in_keys(context.rule, context.tables, table, keys)
        )
        statements.append(insert(mark).from_select(list(values), source))
    return statements
