"""The journal and the tables tell the same: what was deleted is gone, what was pseudonymized carries a mark."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from retention.model.rule import Action
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import LIST_GONE, Look
from retention.sql.verdicts import CompiledRule

NAME = "counts_agree"


def counts_agree(look: Look) -> Iterator[Finding]:
    for rule_id, compiled in look.compiled.items():
        rule = compiled.context.rule
        if not look.changed(rule_id):
            yield Finding(check_name=NAME, rule_id=rule_id, table_name=rule.table, applicable=False)
            continue
        deleted, _ = look.written(rule_id, Action.DELETE)
        if deleted and look.list_gone(compiled):
            yield Finding(check_name=NAME, rule_id=rule_id, table_name=rule.table, unknown=1, note=LIST_GONE)
        elif deleted:
            yield _deleted(look, compiled)
        written, rows = look.written(rule_id, Action.PSEUDONYMIZE)
        if written:
            for table in compiled.context.rule_tables.marks:
                yield _pseudonymized(look, compiled, table, rows[table])


def _deleted(look: Look, compiled: CompiledRule) -> Finding:
    """Of the candidates that the batches covered, as many are still there as the journal says were spared."""
    context, rule = compiled.context, compiled.context.rule
    batches = [batch for batch in look.batches[rule.id] if batch.action == Action.DELETE.value]
    candidate = context.rule_tables.candidate
    pairs = enumerate(rule.primary_key, start=1)
    same = and_(*(context.root.c[column] == candidate.c[f"k{position}"] for position, column in pairs))
    first, last = min(batch.first for batch in batches), max(batch.last for batch in batches)
    there = and_(candidate.c.run_id == look.run_id, candidate.c.seq.between(first, last))
    joined = select(func.count()).select_from(candidate.join(context.root, same)).where(there)
    still = look.number(joined)
    due = look.number(joined.where(or_(compiled.due, compiled.due_follow_up)))
    covered = look.number(select(func.count()).select_from(candidate).where(there))
    gone = sum(batch.groups + batch.spared.get("vanished", 0) for batch in batches)
    surplus = still - (covered - gone)
    wrong = min(due, surplus) if surplus > 0 else 0
    return Finding(
        check_name=NAME,
        rule_id=rule.id,
        table_name=rule.table,
        examined=covered,
        violations=wrong,
        unknown=abs(surplus) - wrong,
        note=f"the journal says {gone:,} of {covered:,} groups are gone, and {still:,} are there" if surplus else "",
    )


def _pseudonymized(look: Look, compiled: CompiledRule, table: str, rows: int) -> Finding:
    mark = compiled.context.rule_tables.marks[table]
    marked = look.number(select(func.count()).select_from(mark).where(mark.c.run_id == look.run_id))
    return Finding(
        check_name=NAME,
        rule_id=compiled.context.rule.id,
        table_name=table,
        examined=max(rows, marked),
        violations=abs(rows - marked),
        note=f"the journal says {rows:,} rows were written, and {marked:,} are marked" if rows != marked else "",
    )
