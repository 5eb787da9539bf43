"""No held row was written to: no batch of the run concerned a held person, and no mark of it stands on a held row.

A hold counts where its epoch is not later than the batch's: who was disposed of before a hold came is named in the
hold's receipt. A hold of which the control store knows nothing makes it impossible to tell.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import FromClause, Select, and_, func, literal, select

from retention.model.rule import SubjectPath
from retention.sql.checks.finding import Finding
from retention.sql.checks.look import LIST_GONE, Look
from retention.sql.checks.marks import marked_row
from retention.sql.claim_subjects import not_claims
from retention.sql.compiled_rule import RuleContext
from retention.sql.disposal import TRACE_BYTES, trace_text
from retention.sql.group import member_chain
from retention.sql.leaves import joined
from retention.sql.verdicts import CompiledRule

JOURNAL, MARKS = "no_batch_on_held", "no_mark_on_held"


def no_batch_on_held(look: Look) -> Iterator[Finding]:
    for compiled in look.changed_rules:
        rule = compiled.context.rule
        if rule.subject is not None:
            yield _batches(look, compiled, rule.subject)


def no_mark_on_held(look: Look) -> Iterator[Finding]:
    for compiled in look.changed_rules:
        context = compiled.context
        for table in context.rule_tables.marks if context.rule.subject is not None else ():
            yield _marks(look, context, table)


def _batches(look: Look, compiled: CompiledRule, subject: SubjectPath) -> Finding:
    hold = not_claims(look.own, compiled.context.holds)
    digest = look.dialect.keyed_digest("trace", trace_text(subject.kind, hold.c.subject_key))
    trace = look.dialect.bytes_of(digest, 0, TRACE_BYTES)
    held = look.connection.execute(select(trace, hold.c.hold_id).where(hold.c.kind == subject.kind)).all()
    examined = wrong = unknown = 0
    for batch in look.batches[compiled.context.rule.id]:
        written = {batch.subjects[at : at + TRACE_BYTES] for at in range(0, len(batch.subjects), TRACE_BYTES)}
        examined += len(written)
        for person, hold_id in held:
            if bytes(person) not in written:
                continue
            epoch = look.hold_epochs.get(hold_id)
            unknown += epoch is None
            wrong += epoch is not None and epoch <= batch.hold_epoch
    return Finding(
        check_name=JOURNAL,
        rule_id=compiled.context.rule.id,
        table_name=compiled.context.rule.table,
        examined=examined,
        violations=wrong,
        unknown=unknown,
        applicable=examined > 0,
        note=_note(unknown) if examined else "nobody is known whom these rows are about",
    )


def _marks(look: Look, context: RuleContext, table: str) -> Finding:
    """A mark is matched with the batch that wrote it by its candidate; one without a candidate is of any time."""
    mark = context.rule_tables.marks[table]
    examined = look.number(select(func.count()).select_from(mark).where(mark.c.run_id == look.run_id))
    wrong = unknown = late = 0
    first = min(batch.hold_epoch for batch in look.batches[context.rule.id])
    forgotten = look.list_gone(look.compiled[context.rule.id])
    for hold_id, seq, marks in look.connection.execute(_held_marks(look, context, table)):
        epoch = look.hold_epochs.get(hold_id)
        if epoch is None:
            unknown += marks
        elif forgotten and first < epoch <= _epoch_of(look, context.rule.id, seq):
            late += marks  # placed while the rule ran: before or after the batch, its number alone would tell
        elif epoch <= _epoch_of(look, context.rule.id, seq):
            wrong += marks
    return Finding(
        check_name=MARKS,
        rule_id=context.rule.id,
        table_name=table,
        examined=examined,
        violations=wrong,
        unknown=unknown + late,
        applicable=examined > 0,
        note=_note(unknown) or (LIST_GONE if late else ""),
    )


def _held_marks(look: Look, context: RuleContext, table: str) -> Select[str, int, int]:
    rule, candidate = context.rule, context.rule_tables.candidate
    hold = not_claims(look.own, context.holds)
    mark, row = context.rule_tables.marks[table], context.tables[table]
    source: FromClause = mark.join(row, and_(*marked_row(context, table, mark, row)))
    root: FromClause = row
    for member in member_chain(rule, table):
        far = context.tables[member.parent].alias()
        source, root = source.join(far, joined(root, far, member.join)), far
    kind = "" if rule.subject is None else rule.subject.kind
    covers = and_(hold.c.kind == literal(kind), hold.c.subject_key == context.subject_key(root))
    pairs = enumerate(rule.primary_key, start=1)
    same = and_(
        candidate.c.run_id == look.run_id,
        *(root.c[column] == candidate.c[f"k{position}"] for position, column in pairs),
    )
    source = source.join(hold, covers).outerjoin(candidate, same)
    return (
        select(hold.c.hold_id, candidate.c.seq, func.count())
        .select_from(source)
        .where(mark.c.run_id == look.run_id)
        .group_by(hold.c.hold_id, candidate.c.seq)
    )


def _epoch_of(look: Look, rule_id: str, seq: int | None) -> int:
    batches = look.batches[rule_id]
    own = [batch.hold_epoch for batch in batches if seq is not None and batch.first <= seq <= batch.last]
    return max(own or [batch.hold_epoch for batch in batches])


def _note(unknown: int) -> str:
    return "a hold stands in the dataset of which the control store knows nothing" if unknown else ""
