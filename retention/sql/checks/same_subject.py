"""No original is left in the rows of the same persons, but in those whose verdict permits it: every identifying
column of every table that has a rule, compared as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, and_, func, select, union

from retention.model.rule import IDENTIFYING
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import Look
from retention.sql.checks.occurrences import found_whole, judge_rows
from retention.sql.checks.originals_table import ORIGINAL
from retention.sql.checks.rows import Rows, rows_of_rule, tables_of
from retention.sql.checks.summary import Tables, finding_of, meanings

NAME = "originals_gone_same_subject"
KEY_GONE = "the run's key is destroyed: originals cannot be looked for any more"


def originals_gone_same_subject(look: Look) -> Iterator[Finding]:
    yield from blocked(look, NAME)
    if not look.changed_anything or not look.run_key:
        return
    tables: dict[str, tuple[str, Rows, int]] = {}
    for rule_id, compiled in look.compiled.items():
        subject = compiled.context.rule.subject
        touched = None if subject is None else _touched(look, subject.kind)
        if touched is None:
            continue
        for table in tables_of(compiled):
            rows = rows_of_rule(look, compiled, table)
            tables[rows.table] = (rule_id, rows, _search(look, rows, touched))
    owners = {table: rule_id for table, (rule_id, _, _) in tables.items()}
    found = meanings(look, NAME, owners, {table: rows.uses for table, (_, rows, _) in tables.items()})
    for table, (rule_id, rows, examined) in tables.items():
        yield finding_of(look, NAME, rule_id, table, examined, found.get(table, Tables()), rows.uses)


def blocked(look: Look, check: str) -> Iterator[Finding]:
    """What stands in the way of looking for originals: nothing changed, the key is gone, or a rule cannot be read."""
    if not look.changed_anything:
        for rule_id, compiled in look.compiled.items():
            yield Finding(
                check_name=check,
                rule_id=rule_id,
                table_name=compiled.context.rule.table,
                applicable=False,
                note="the run changed nothing",
            )
        return
    if not look.run_key:
        for rule_id in filter(look.changed, look.batches):
            yield Finding(
                check_name=check, rule_id=rule_id, table_name=look.table_of(rule_id), unknown=1, note=KEY_GONE
            )
        return
    for rule_id, table in look.not_compiled.items():
        note = "the table is not as the rule knows it: its rows cannot be told apart"
        yield Finding(check_name=check, rule_id=rule_id, table_name=table, unknown=1, note=note)


def _touched(look: Look, kind: str) -> Select[str] | None:
    """The persons of this kind whom the run was to dispose of something of."""
    found = []
    for compiled in look.changed_rules:
        subject = compiled.context.rule.subject
        if subject is not None and subject.kind == kind:
            candidate = compiled.context.rule_tables.candidate
            here = and_(candidate.c.run_id == look.run_id, candidate.c.subject.is_not(None))
            found.append(select(candidate.c.subject).where(here))
    return select(union(*found).subquery().c.subject) if found else None


def _search(look: Look, rows: Rows, touched: Select[str]) -> int:
    """Gives the number of rows that were looked at."""
    if rows.facts is None:
        raise AssertionError(f"{rows.table} has no rule")
    facts, theirs = rows.facts, rows.facts.subject.in_(touched)
    for column, use in rows.uses.items():
        if use.kind in IDENTIFYING and column in rows.row.c:
            found_whole(look, NAME, rows, column, ORIGINAL, and_(theirs, ORIGINAL.c.person == facts.person))
    judge_rows(look, NAME, rows)
    return look.number(select(func.count()).select_from(facts.source).where(theirs))
