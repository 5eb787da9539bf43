"""Nothing due is left: the decision again, over the whole table, at the plan's as-of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from retention.sql.checks.excuses import is_excused
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import LIST_GONE, Look
from retention.sql.verdicts import CompiledRule

NAME = "nothing_due_left"


def nothing_due_left(look: Look) -> Iterator[Finding]:
    for rule_id, compiled in look.compiled.items():
        table = compiled.context.rule.table
        if not look.executed(rule_id):
            yield Finding(
                check_name=NAME, rule_id=rule_id, table_name=table, applicable=False, note="the rule wrote nothing"
            )
            continue
        yield _left(look, compiled)
    for rule_id, table in look.not_compiled.items():
        wrote = look.executed(rule_id)
        note = "the table is not as the rule knows it: `retention lint` says what differs"
        yield Finding(
            check_name=NAME, rule_id=rule_id, table_name=table, unknown=int(wrote), applicable=wrote, note=note
        )


def _left(look: Look, compiled: CompiledRule) -> Finding:
    context = compiled.context
    due = or_(compiled.due, compiled.due_follow_up)
    excused = is_excused(look, context).label("excused")
    found = select(excused).select_from(context.root).where(due).subquery()
    by_excuse = select(found.c.excused, func.count()).group_by(found.c.excused)
    left = {bool(excuse): groups for excuse, groups in look.connection.execute(by_excuse)}
    waiting = left.get(True, 0)
    if waiting and not look.steps[context.rule.id].full_sweep and look.list_gone(compiled):
        # Who was on the list cannot be told from those who came late.
        return Finding(
            check_name=NAME, rule_id=context.rule.id, table_name=context.rule.table, unknown=waiting, note=LIST_GONE
        )
    examined, empty = look.count(context.root), _is_empty(look, compiled)
    return Finding(
        check_name=NAME,
        rule_id=context.rule.id,
        table_name=context.rule.table,
        examined=examined,
        violations=left.get(False, 0),
        unknown=int(empty != (examined == 0)),
        applicable=not empty,
        note=f"{waiting:,} due groups wait with a reason: set aside, protected when planned, or late"
        if waiting
        else "",
    )


def _is_empty(look: Look, compiled: CompiledRule) -> bool:
    """Asked in another way than by counting."""
    context = compiled.context
    return look.connection.execute(select(func.min(context.root.c[context.rule.primary_key[0]]))).scalar() is None
