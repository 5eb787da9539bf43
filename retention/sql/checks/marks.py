"""Every mark of this run stands on a row that still holds what was written."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.compiled_rule import RuleContext
from retention.sql.marks import written_columns, written_tables
from retention.sql.pseudonymize import written_digest
from retention.sql.replacements import primary_key_of

NAME = "marks_valid"


def marks_valid(look: Look) -> Iterator[Finding]:
    for rule_id, compiled in look.compiled.items():
        context = compiled.context
        for table in context.rule_tables.marks if context.pseudonymizes else ():
            if look.changed(rule_id):
                yield _valid(look, context, table)
            else:
                yield Finding(check_name=NAME, rule_id=rule_id, table_name=table, applicable=False)


def _valid(look: Look, context: RuleContext, table: str) -> Finding:
    mark, row = context.rule_tables.marks[table], context.tables[table]
    columns = [row.c[name] for name in written_columns(written_tables(context)[table])]
    same = and_(*marked_row(context, table, mark, row), mark.c.written == written_digest(columns, look.dialect))
    of_run = mark.c.run_id == look.run_id
    examined = look.number(select(func.count()).select_from(mark).where(of_run))
    valid = look.number(select(func.count()).select_from(mark.join(row, same)).where(of_run))
    return Finding(
        check_name=NAME,
        rule_id=context.rule.id,
        table_name=table,
        examined=examined,
        violations=examined - valid,
        applicable=examined > 0,
        note="rows that were written to after their pseudonymization, or are gone" if examined > valid else "",
    )


def marked_row(context: RuleContext, table: str, mark: FromClause, row: FromClause) -> list[ColumnElement[bool]]:
    """The mark is that of the row."""
    key = primary_key_of(context, table)
    return [mark.c[f"k{position}"] == row.c[column] for position, column in enumerate(key, start=1)]
