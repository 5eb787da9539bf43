"""What Great Expectations is asked: of the findings, and of the data itself by queries of its own.

It has a connection of its own, which sees no temporary table, no key and no function of ours, so every question is
plain text of SQL with schema and constants written out. None of the constants is a value of a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ClauseElement, String, and_, cast, func, or_, select

from anonymizers.outputs import pattern
from anonymizers.transform import Constant, Null, Pick
from retention.model.rule import Action
from retention.sql.checks.finding import Finding
from retention.sql.checks.in_range import outside, plain_text, pools_of_marks
from retention.sql.checks.look import Look
from retention.sql.checks.marks import marked_row
from retention.sql.checks.orphans import orphans_of_run
from retention.sql.compiled_rule import RuleContext
from retention.sql.marks import written_columns, written_tables
from retention.sql.replacements import Replacement, replacements_of
from retention.sql.verdicts import CompiledRule


class Kind(StrEnum):
    """What is expected of the rows of a query."""

    ROWS = "rows"  # their number is ``value``
    AT_MOST = "at most"  # their number is not above ``value``
    ZERO = "zero"  # ``column`` is 0 everywhere
    POSITIVE = "positive"  # ``column`` is above 0 everywhere
    PATTERN = "pattern"  # ``column`` is NULL or matches ``value``
    VALUE = "value"  # ``column`` is NULL or ``value``
    NULL = "null"  # ``column`` is NULL everywhere
    UNIQUE = "unique"  # no two rows agree in ``columns``


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """``name``, ``rule_id``, ``table`` and ``label`` are those of the check; ``query`` is text of SQL."""

    name: str
    rule_id: str
    table: str
    label: str = ""
    query: str
    kind: Kind
    column: str = ""
    columns: tuple[str, ...] = ()
    value: str | int = 0
    examined: int


def expected_of(look: Look, findings: Sequence[Finding]) -> Iterator[Expected]:
    yield from _of_findings(look, findings)
    for compiled in look.changed_rules:
        context = compiled.context
        deleted, _ = look.written(context.rule.id, Action.DELETE)
        if deleted and not look.list_gone(compiled):
            yield _gone(look, compiled)
        written, rows = look.written(context.rule.id, Action.PSEUDONYMIZE)
        if written:
            for table, uses in written_tables(context).items():
                yield from _replaced(look, context, table, replacements_of(uses), rows[table])
                yield from _unique(look, context, table)
    yield from _orphans(look)


def _of_findings(look: Look, findings: Sequence[Finding]) -> Iterator[Expected]:
    """That all of them are there, that none says wrong or unknown, and that what applies was looked at."""
    own = look.own.finding
    all_of_run = select(own.c.violations, own.c.unknown).where(own.c.run_id == look.run_id)
    applying = select(own.c.examined).where(own.c.run_id == look.run_id, own.c.applicable, own.c.unknown == 0)
    every = _text(look, all_of_run)

    def expect(name: str, query: str, kind: Kind, column: str = "", value: int = 0) -> Expected:
        return Expected(
            name=name,
            rule_id="",
            table=own.name,
            query=query,
            kind=kind,
            column=column,
            value=value,
            examined=len(findings),
        )

    yield expect("findings_complete", every, Kind.ROWS, value=len(findings))
    yield expect("findings_without_violations", every, Kind.ZERO, "violations")
    yield expect("findings_without_unknown", every, Kind.ZERO, "unknown")
    yield expect("findings_examined_something", _text(look, applying), Kind.POSITIVE, "examined")


def _gone(look: Look, compiled: CompiledRule) -> Expected:
    """Of the candidates of the deletions no more are left than the batches spared or set aside."""
    context, rule = compiled.context, compiled.context.rule
    batches = [batch for batch in look.batches[rule.id] if batch.action == Action.DELETE.value]
    candidate = context.rule_tables.candidate
    pairs = enumerate(rule.primary_key, start=1)
    same = and_(*(context.root.c[column] == candidate.c[f"k{position}"] for position, column in pairs))
    covered = or_(*(candidate.c.seq.between(batch.first, batch.last) for batch in _merged(batches)))
    left = (
        select(candidate.c.seq)
        .select_from(candidate.join(context.root, same))
        .where(candidate.c.run_id == look.run_id, covered)
    )
    stayed = sum(sum(batch.spared.values()) - batch.spared.get("vanished", 0) + batch.set_aside for batch in batches)
    return Expected(
        name="nothing_due_left",
        rule_id=rule.id,
        table=rule.table,
        query=_text(look, left),
        kind=Kind.AT_MOST,
        value=stayed,
        examined=sum(batch.last - batch.first + 1 for batch in batches),
    )


@dataclass(frozen=True, slots=True)
class _Range:
    first: int
    last: int


def _merged(batches: Sequence[Any]) -> list[_Range]:
    """Batches follow each other without gaps: one range says what hundreds would."""
    ranges: list[_Range] = []
    for batch in sorted(batches, key=lambda one: one.first):
        if ranges and batch.first <= ranges[-1].last + 1:
            ranges[-1] = _Range(ranges[-1].first, max(batch.last, ranges[-1].last))
        else:
            ranges.append(_Range(batch.first, batch.last))
    return ranges


def _replaced(
    look: Look, context: RuleContext, table: str, replacements: Sequence[Replacement], rows: int
) -> Iterator[Expected]:
    """The written columns of the rows that carry a mark of this run, as texts."""
    mark, row = context.rule_tables.marks[table], context.tables[table]
    source = mark.join(row, and_(*marked_row(context, table, mark, row)))
    texts = [plain_text(look, row.c[one.column]).label(one.column) for one in replacements]
    marked = Expected(
        name="marks_counted",
        rule_id=context.rule.id,
        table=table,
        query=_text(look, select(*texts).select_from(source).where(mark.c.run_id == look.run_id)),
        kind=Kind.ROWS,
        value=rows,
        examined=rows,
    )
    yield marked
    for one in replacements:
        column = replace(marked, name="in_range", label=one.column, column=one.column)
        match one.transform:
            case Null():
                yield replace(column, kind=Kind.NULL)
            case Constant(value=str(value)):
                yield replace(column, kind=Kind.VALUE, value=value)
            case Constant() | Pick():
                yield from _outside(look, context, column, one)
            case _:
                yield replace(column, kind=Kind.PATTERN, value=str(pattern(one.transform)))


def _outside(look: Look, context: RuleContext, column: Expected, one: Replacement) -> Iterator[Expected]:
    """Rows whose value is not the constant, or not in the pool of the version that the mark names."""
    mark, row = context.rule_tables.marks[column.table], context.tables[column.table]
    source = mark.join(row, and_(*marked_row(context, column.table, mark, row)))
    for pools in pools_of_marks(look, mark):
        these = and_(mark.c.run_id == look.run_id, mark.c.pools == pools)
        wrong = outside(look, row.c[one.column], one, json.loads(pools))
        strays = select(mark.c.rule_id).select_from(source).where(these, wrong)
        yield replace(column, query=_text(look, strays), kind=Kind.ROWS, column="", value=0)


def _unique(look: Look, context: RuleContext, table: str) -> Iterator[Expected]:
    """Unique keys with a column that was written; the others could not have changed."""
    known = look.snapshot.tables.get(table)
    row = look.tables[table]
    written = set(written_columns(written_tables(context)[table]))
    for key in known.unique if known else ():
        if not set(key) & written or not set(key) <= set(row.c.keys()):
            continue
        texts = [look.dialect.exact(cast(row.c[name], String)).label(name) for name in key]
        there = and_(*(row.c[name].is_not(None) for name in key))
        yield Expected(
            name="unique_keys",
            rule_id=context.rule.id,
            table=table,
            label=", ".join(key),
            query=_text(look, select(*texts).select_from(row).where(there)),
            kind=Kind.UNIQUE,
            columns=key,
            examined=look.number(select(func.count()).select_from(row)),
        )


def _orphans(look: Look) -> Iterator[Expected]:
    for table, key, orphans in orphans_of_run(look):
        yield Expected(
            name="no_orphan",
            rule_id="",
            table=table,
            label=", ".join(key.columns),
            query=_text(look, orphans),
            kind=Kind.ROWS,
            examined=look.count(look.tables[table]),
        )


def _text(look: Look, statement: ClauseElement) -> str:
    return str(statement.compile(dialect=look.connection.dialect, compile_kwargs={"literal_binds": True}))
