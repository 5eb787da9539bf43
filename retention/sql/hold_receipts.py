"""What a hold means in one dataset: the rows it covers, by class, and what had gone before."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, FromClause, case, func, literal, select

from retention.model.hold import HoldClass, SubjectKey
from retention.model.rule import Action, Rule
from retention.planning.claims import stops
from retention.sql.compiled_rule import RuleContext
from retention.sql.conditions import some
from retention.sql.coverage import Coverage
from retention.sql.disposal import TRACE_BYTES
from retention.sql.group import member_chain
from retention.sql.leaves import joined
from retention.sql.own_tables import OwnTables


def covered_rows(
    connection: Connection, contexts: Iterable[RuleContext], hold_id: str
) -> Mapping[str, Mapping[HoldClass, int]]:
    """Rows that this hold certainly covers now, root and member rows, by table and the first class of their group.
    Anchored ones are not held: they are not deleted, and their key stays. Of a claims assessment: rows of its subjects
    that it keeps from what their rule does; tables that it does not need are left out."""
    found: dict[str, Mapping[HoldClass, int]] = {}
    for context in contexts:
        claim = next((one for one in context.holds.claims if one.claim_id == hold_id), None)
        if claim is not None and not stops(claim, context.rule, deletion=_deletes(context.rule)):
            continue
        coverage = replace(context.coverage, hold_id=literal(hold_id))
        if claim is not None:
            coverage = replace(coverage, on_subjects=context.own.hold)
        for table in context.rule.tables:
            found[table] = _by_class(connection, context, coverage, table, spreads=claim is None)
    return found


def gone_before(connection: Connection, own: OwnTables, traces: frozenset[bytes]) -> tuple[tuple[str, str, int], ...]:
    """(rule id, run id, committed at in milliseconds) of every batch that disposed of one of these persons' rows."""
    journal = own.journal
    statement = (
        select(journal.c.rule_id, journal.c.run_id, journal.c.committed_ms, journal.c.subjects)
        .where(journal.c.groups > 0)
        .order_by(journal.c.committed_ms, journal.c.rule_id)
        .execution_options(yield_per=100)
    )
    return tuple(
        (row.rule_id, row.run_id, row.committed_ms)
        for row in connection.execute(statement)
        if not traces.isdisjoint(_pieces(bytes(row.subjects)))
    )


def trace(secret: bytes, subject: SubjectKey) -> bytes:
    """What stands for a person in the journal: the database makes the same bytes of disposal.trace_text."""
    text = f"{subject.kind}\x1f{subject.key}"
    return hmac.new(secret, text.encode(), hashlib.sha256).digest()[:TRACE_BYTES]


def _pieces(subjects: bytes) -> Iterable[bytes]:
    return (subjects[start : start + TRACE_BYTES] for start in range(0, len(subjects), TRACE_BYTES))


def _deletes(rule: Rule) -> bool:
    """Now or later."""
    return rule.disposition.action is Action.DELETE or rule.disposition.then_delete_after is not None


def _by_class(
    connection: Connection, context: RuleContext, coverage: Coverage, table: str, *, spreads: bool
) -> dict[HoldClass, int]:
    """From each row of ``table`` up to its root row, whose group is covered or not. ``spreads``: what is held covers
    rows around it, too."""
    row: FromClause = context.tables[table].alias()
    source, root = row, row
    for member in member_chain(context.rule, table):
        parent = context.tables[member.parent].alias()
        source, root = source.join(parent, joined(root, parent, member.join)), parent
    holding = coverage.holding(context.rule, root) if spreads else {}
    tests = {name: holding[name].certainly for name in HoldClass if name in holding}
    if spreads:
        tests[HoldClass.ANCHORED] = coverage.anchored(context.rule, root)
    else:
        tests[HoldClass.SUBJECT] = coverage.subject(context.rule, root).certainly
    first = case(*((test, literal(name.value)) for name, test in tests.items()), else_=literal(""))
    rows = select(first.label("class")).select_from(source).where(some(*tests.values())).subquery()
    counted = select(rows.c["class"], func.count()).group_by(rows.c["class"])
    return {HoldClass(name): int(count) for name, count in connection.execute(counted)}
