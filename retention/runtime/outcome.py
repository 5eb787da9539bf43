"""What became of the groups that one rule examined: the figures add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from retention.model.plan import StepPlan
from retention.model.rule import Action
from retention.model.run import StepResult
from retention.model.verdict import Verdict

VANISHED = "vanished"  # gone when its turn came: somebody else deleted it
KEPT = (
    Verdict.RETAINED_BY_LAW,
    Verdict.CONFLICT,
    Verdict.RETAINED,
    Verdict.ACTIVE,
    Verdict.HELD,
    Verdict.RESTRICTED,
    Verdict.REFERENCED,
    Verdict.UNDETERMINED,
    Verdict.PSEUDONYMIZED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``examined`` = what was ``kept``, by verdict, + vanished + deleted + pseudonymized + left.

    ``left`` groups are due and were not disposed of; ``why_left`` says why, ``remedy_left`` what to do
    about it where the plan knows. ``rows``: written, per table.
    """

    rule_id: str
    table: str
    action: Action
    full_sweep: bool
    table_rows: int
    examined: int
    kept: Mapping[Verdict, int]
    vanished: int
    deleted: int
    pseudonymized: int
    left: int
    why_left: str
    remedy_left: str
    rows: Mapping[str, int]


def outcome_of(step: StepPlan, result: StepResult | None) -> Outcome:
    """``result`` None: nothing was done yet, so that all that is due is left."""
    kept: Counter[Verdict] = Counter()
    for tally in step.tallies:
        kept[tally.verdict] += tally.groups
    del kept[Verdict.DUE]
    spared = {} if result is None else dict(result.spared)
    vanished = spared.pop(VANISHED, 0)
    for verdict, groups in spared.items():
        kept[Verdict(verdict)] += groups
    deleted = 0 if result is None else result.deleted
    pseudonymized = 0 if result is None else result.pseudonymized
    left = step.examined - kept.total() - vanished - deleted - pseudonymized
    return Outcome(
        rule_id=step.rule_id,
        table=step.table,
        action=step.action,
        full_sweep=step.full_sweep,
        table_rows=step.table_rows,
        examined=step.examined,
        kept={verdict: kept[verdict] for verdict in KEPT},
        vanished=vanished,
        deleted=deleted,
        pseudonymized=pseudonymized,
        left=left,
        why_left=_why_left(step, result) if left else "",
        remedy_left=step.refusal.remedy if left and step.refusal is not None else "",
        rows={} if result is None else dict(result.rows),
    )


def _why_left(step: StepPlan, result: StepResult | None) -> str:
    if step.refusal is not None:
        return f"{step.refusal.code} {step.refusal.what}"
    if step.plan_only:
        return step.plan_only
    if result is None:
        return "the rule did not run to its end"
    parts = ((result.set_aside, "could not be written"), (result.unexplained, "are unexplained"))
    return ", ".join(f"{groups:,} {words}" for groups, words in parts if groups)
