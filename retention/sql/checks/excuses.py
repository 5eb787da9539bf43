"""Which groups may still be there although they are due: who was a candidate, and who stayed for a reason."""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause, and_, not_, or_, select

from retention.sql.checks.look import Look
from retention.sql.compiled_rule import RuleContext
from retention.sql.leaves import row_value


def is_candidate(look: Look, context: RuleContext) -> ColumnElement[bool]:
    """The root row was to be disposed of in this run."""
    candidate = context.rule_tables.candidate
    return _among(context, candidate, candidate.c.run_id == look.run_id)


def is_excused(look: Look, context: RuleContext) -> ColumnElement[bool]:
    """The database refused to write it; it was protected when the run looked and stands on the work list; or it came
    late, and a run that does not look at everything leaves it to the next one that does."""
    candidate, aside, residue = context.rule_tables.candidate, look.own.set_aside, context.rule_tables.residue
    refused = select(aside.c.seq).where(aside.c.run_id == look.run_id, aside.c.rule_id == context.rule.id)
    step = look.steps.get(context.rule.id)
    reasons = [
        _among(context, candidate, and_(candidate.c.run_id == look.run_id, candidate.c.seq.in_(refused))),
        _among(context, residue, residue.c.run_id == residue.c.run_id),
    ]
    if step is not None and not step.full_sweep:
        reasons.append(not_(is_candidate(look, context)))
    return or_(*reasons)


def _among(context: RuleContext, listed: FromClause, which: ColumnElement[bool]) -> ColumnElement[bool]:
    names = [f"k{position}" for position in range(1, len(context.rule.primary_key) + 1)]
    keys = select(*(listed.c[name] for name in names)).where(which)
    return row_value(context.root, context.rule.primary_key).in_(keys)  # type: ignore[no-any-return]
