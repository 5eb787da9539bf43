"""Every replaced value is one that its strategy writes: the constant, a member of the pool, a text of the pattern."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, String, Table, Uuid, and_, case, func, literal, not_, or_, select

from anonymizers.outputs import pattern
from anonymizers.transform import Constant, Null, Pick, Template
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.checks.marks import marked_row
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import certainly
from retention.sql.marks import written_tables
from retention.sql.pseudonymize import pool_name
from retention.sql.replacements import Replacement, replacements_of
from retention.sql.transforms import Row, written_value

NAME = "in_range"
SPACES = 3  # within the first part of a name, at most


def in_range(look: Look) -> Iterator[Finding]:
    for rule_id, compiled in look.compiled.items():
        context = compiled.context
        for table, uses in written_tables(context).items() if context.pseudonymizes else ():
            if not look.changed(rule_id):
                yield Finding(check_name=NAME, rule_id=rule_id, table_name=table, applicable=False)
                continue
            yield from _of_table(look, context, table, replacements_of(uses))


def _of_table(look: Look, context: RuleContext, table: str, replacements: tuple[Replacement, ...]) -> Iterator[Finding]:
    """Each set of pool versions that the run's marks name is looked at by itself, all columns in one statement."""
    mark, row = context.rule_tables.marks[table], context.tables[table]
    source = mark.join(row, and_(*marked_row(context, table, mark, row)))
    of_run = mark.c.run_id == look.run_id
    examined = 0
    strays = dict.fromkeys((one.column for one in replacements), 0)
    for pools in pools_of_marks(look, mark):
        tests = [outside(look, row.c[one.column], one, json.loads(pools)) for one in replacements]
        counts = [func.count(case((test, 1))) for test in tests]
        these = select(func.count(), *counts).select_from(source).where(of_run, mark.c.pools == pools)
        rows, *found = look.connection.execute(these).one()
        examined += rows
        for one, violations in zip(replacements, found, strict=True):
            strays[one.column] += violations
    for column, violations in strays.items():
        yield Finding(
            check_name=NAME,
            rule_id=context.rule.id,
            table_name=table,
            column_name=column,
            examined=examined,
            violations=violations,
            applicable=examined > 0,
        )


def pools_of_marks(look: Look, mark: Table) -> Sequence[str]:
    """The sets of pool versions that the run's marks name, as JSON."""
    named = select(mark.c.pools).where(mark.c.run_id == look.run_id).distinct()
    return look.connection.execute(named).scalars().all()


def outside(look: Look, column: Column[Any], replacement: Replacement, pools: Mapping[str, int]) -> ColumnElement[bool]:
    """NULL is always in range: it stays, and it stands for what could not be picked."""
    transform = replacement.transform
    inside: ColumnElement[bool]
    match transform:
        case Null() | Constant():
            expected = written_value(transform, column, _nothing_to_read(look))
            return look.dialect.exact(column).is_distinct_from(expected)
        case Pick():
            inside = plain_text(look, column).in_(_values(look, transform, pools))
        case Template(parts=(Pick() as first, str(between), Pick() as second)):
            inside = _of_two(look, column, first, between, second, pools)
        case _:
            inside = plain_text(look, column).regexp_match(str(pattern(transform)))
    return and_(column.is_not(None), not_(certainly(inside)))


def plain_text(look: Look, column: Column[Any]) -> ColumnElement[str]:
    """The value as the strategy wrote it: without the hyphens of a UUID, without the mask of a network address."""
    text = look.dialect.canonical_text(column)
    if isinstance(column.type, Uuid):
        return func.replace(text, "-", "")
    if isinstance(column.type, String):
        return text
    return func.replace(func.replace(text, "/32", ""), "/128", "")


def _values(look: Look, pick: Pick, pools: Mapping[str, int]) -> Select[str]:
    """The pool in the version that the mark names; a pool that it does not name has no values."""
    name = pool_name(pick, look.locale)
    values = look.own.pool_value
    return select(look.dialect.listed(values.c.value)).where(
        values.c.name == name, values.c.version == pools.get(name, -1)
    )


def _of_two(
    look: Look, column: Column[Any], first: Pick, between: str, second: Pick, pools: Mapping[str, int]
) -> ColumnElement[bool]:
    """A value of one pool, what stands between, and a value of the other, wherever the text is divided."""
    text = plain_text(look, column)
    place: ColumnElement[int] = literal(0)
    ways: list[ColumnElement[bool]] = []
    for _ in range(SPACES):
        rest = func.substr(text, place + 1)
        place = place + look.dialect.position(rest, between)
        before = case((place > 0, place - 1), else_=0)
        left, right = func.substr(text, 1, before), func.substr(text, place + len(between))
        ways.append(and_(left.in_(_values(look, first, pools)), right.in_(_values(look, second, pools))))
    return or_(*ways)


def _nothing_to_read(look: Look) -> Row:
    def no_digest(block: int) -> ColumnElement[bytes]:
        raise AssertionError(f"a constant reads no block {block}")

    def no_pick(pick: Pick) -> ColumnElement[str]:
        raise AssertionError(f"a constant picks nothing from {pick.pool}")

    return Row(dialect=look.dialect, digest=no_digest, picked=no_pick)
