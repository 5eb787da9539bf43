"""The rows of a table as the checks of originals see them: whom they are about, their verdict, their mark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    LargeBinary,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    select,
)

from retention.model.rule import ColumnUse, Rule
from retention.sql.checks.excuses import is_excused
from retention.sql.checks.in_range import outside, pools_of_marks
from retention.sql.checks.look import Look
from retention.sql.checks.marks import marked_row
from retention.sql.checks.originals_table import BEFORE, NOBODY, NOW
from retention.sql.compiled_rule import RuleContext
from retention.sql.group import member_chain
from retention.sql.leaves import joined
from retention.sql.marks import written_columns, written_tables
from retention.sql.originals import SECRET, person_text
from retention.sql.pseudonymize import written_digest
from retention.sql.replacements import primary_key_of, replacements_of
from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``source`` joins the row with what its group is decided by; the rest are expressions over it, never NULL but
    ``subject``, the canonical key."""

    source: FromClause
    subject: ColumnElement[str]
    person: ColumnElement[bytes]
    code: ColumnElement[str]
    excused: ColumnElement[bool]
    mark: ColumnElement[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """``table``: its name, with that of the element group where only some columns are looked at; ``row`` has all of
    them. ``key``: the columns of the primary key. ``facts`` None: no rule speaks for the table. ``elsewhere``: those of
    another element group."""

    table: str
    row: FromClause
    key: tuple[str, ...]
    facts: Facts | None
    uses: Mapping[str, ColumnUse]
    made_up: Mapping[str, ColumnElement[bool]]  # of the columns that are replaced
    elsewhere: frozenset[str] = frozenset()


def rows_without_rule(look: Look, table: str) -> Rows:
    return Rows(table=table, row=look.tables[table], key=(), facts=None, uses={}, made_up={})


def rows_of_rule(look: Look, compiled: CompiledRule, table: str) -> Rows:
    """Rows of the root or of a member table. A member's row whose root is missing belongs to nobody."""
    context = compiled.context
    row, source = _up_to_root(context, table)
    there = context.root.c[context.rule.primary_key[0]].is_not(None)
    subject = context.subject_key()
    kind = "" if context.rule.subject is None else context.rule.subject.kind
    digest = look.dialect.keyed_digest(SECRET, person_text(kind, subject))
    facts = Facts(
        source=source,
        subject=subject,
        person=func.coalesce(digest, literal(NOBODY, LargeBinary), type_=LargeBinary()),
        code=case((there, compiled.code), else_=""),
        excused=and_(there, is_excused(look, context)),
        mark=_mark(look, context, table, row),
    )
    uses = _uses(context, table)
    return Rows(
        table=name_of(context.rule, table),
        row=row,
        key=primary_key_of(context, table),
        facts=facts,
        uses={column: use for column, use in uses.items() if not use.elsewhere},
        elsewhere=frozenset(column for column, use in uses.items() if use.elsewhere),
        made_up=_made_up(look, context, table, row),
    )


def tables_of(compiled: CompiledRule) -> tuple[str, ...]:
    """The tables that a rule speaks for; an element group, for columns of its root alone."""
    rule = compiled.context.rule
    return rule.tables[:1] if rule.element_of else rule.tables


def name_of(rule: Rule, table: str) -> str:
    """ "payments", or "payments (card)" of an element group."""
    return f"{table} ({rule.id.removeprefix(f'{rule.element_of}-')})" if rule.element_of else table


def _up_to_root(context: RuleContext, table: str) -> tuple[FromClause, FromClause]:
    """The root stands unaliased in the join, because the decision is an expression over it."""
    rule = context.rule
    if table == rule.table:
        return context.root, context.root
    row: FromClause = context.tables[table].alias("found")
    source, near = row, row
    for member in member_chain(rule, table):
        far: FromClause = context.root if member.parent == rule.table else context.tables[member.parent].alias()
        source, near = source.outerjoin(far, joined(near, far, member.join)), far
    return row, source


def _mark(look: Look, context: RuleContext, table: str, row: FromClause) -> ColumnElement[str]:
    if table not in context.rule_tables.marks:
        return literal("")
    mark = context.rule_tables.marks[table]
    columns = [row.c[name] for name in written_columns(written_tables(context)[table])]
    valid = and_(*marked_row(context, table, mark, row), mark.c.written == written_digest(columns, look.dialect))
    some = exists(select(1).select_from(mark).where(valid))
    of_run = exists(select(1).select_from(mark).where(valid, mark.c.run_id == look.run_id))
    return case((of_run, NOW), (some, BEFORE), else_="")


def _made_up(look: Look, context: RuleContext, table: str, row: FromClause) -> dict[str, ColumnElement[bool]]:
    if table not in context.rule_tables.marks:
        return {}
    pools: dict[str, int] = {}
    for named in pools_of_marks(look, context.rule_tables.marks[table]):
        pools |= json.loads(named)
    replacements = replacements_of(written_tables(context)[table])
    columns = {one.column: cast(Column[Any], row.c[one.column]) for one in replacements}  # an alias has Columns, too
    return {one.column: not_(outside(look, columns[one.column], one, pools)) for one in replacements}


def _uses(context: RuleContext, table: str) -> dict[str, ColumnUse]:
    rule = context.rule
    everything = {rule.table: rule.columns, **{member.table: member.columns for member in rule.members}}
    return {use.column: use for use in everything[table]}
