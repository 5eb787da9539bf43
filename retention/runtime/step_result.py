"""What a step came to, read from the journal: the same whether it ran at once or was resumed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from statistics import median

from retention.model.plan import StepPlan
from retention.model.rule import Action
from retention.model.run import StepResult
from retention.model.verdict import Verdict
from retention.sql.journal import Written


def result_of(
    step: StepPlan, run_id: str, *, entries: Iterable[Written], resumed: bool, timings: tuple[float, ...]
) -> StepResult:
    """``unexplained``: planned, and neither written, spared with a reason, nor set aside."""
    groups: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    spared: Counter[str] = Counter()
    aside = batches = 0
    for entry in entries:
        groups[entry.action] += entry.groups
        rows.update(json.loads(entry.rows))
        spared.update(json.loads(entry.spared))
        aside += entry.set_aside
        batches += 1
    del spared[Verdict.DUE.value]  # still due and not written is no explanation
    planned = 0 if step.plan_only else step.due
    explained = sum(groups.values()) + sum(spared.values()) + aside
    return StepResult(
        run_id=run_id,
        rule_id=step.rule_id,
        table=step.table,
        planned=planned,
        deleted=groups[Action.DELETE.value],
        pseudonymized=groups[Action.PSEUDONYMIZE.value],
        spared=dict(spared),
        set_aside=aside,
        unexplained=planned - explained,
        rows=dict(rows),
        batches=batches,
        resumed=resumed,
        plan_only=step.plan_only,
        batch_ms_median=round(median(timings), 1) if timings else 0.0,
        batch_ms_max=round(max(timings), 1) if timings else 0.0,
    )
