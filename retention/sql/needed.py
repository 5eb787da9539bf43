"""Rows of other tables whose floors need something of a group."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import FromClause, Select, Table, select

from retention.model.clause import NeededBy
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import rows_of_root
from retention.sql.leaves import joined, row_value


def rows_that_need(context: RuleContext, needed: NeededBy) -> tuple[RuleContext, Select[Any]]:
    """A context whose root is a row that needs, and ``SELECT 1`` over those that need the group of the root row."""
    row = context.tables[needed.table].alias()
    there = context_of(context, needed, row)
    *steps, last = needed.path
    near: FromClause = row
    rows = select(1).select_from(row)
    for step in steps:
        far = context.tables[step.table].alias()
        rows, near = rows.where(joined(near, far, step)), far
    if last.table == context.rule.table:
        return there, rows.where(joined(near, context.root, last)).correlate(context.root)
    members, member = rows_of_root(context.rule, context.tables, last.table, context.root)
    reaching = members.with_only_columns(*(member.c[name] for name in last.far_columns))
    return there, rows.where(row_value(near, last.columns).in_(reaching)).correlate(context.root)


def context_of(context: RuleContext, needed: NeededBy, row: FromClause) -> RuleContext:
    """The other rule's floor, and nothing else, about a ``row`` of its table."""
    rule = replace(
        context.rule,
        id=needed.rule,
        table=needed.table,
        zone=needed.zone,
        clauses=(needed.clause,),
        relationship=None,
        condition=None,
        settled=(),
        needed_by=(),
    )
    # An alias has the columns of its table, and nothing more is asked of it.
    tables = ChainMap({needed.table: cast(Table, row)}, cast(dict[str, Table], context.tables))
    return replace(context, rule=rule, tables=tables)
