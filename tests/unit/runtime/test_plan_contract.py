"""The digest of a plan stands for everything in it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retention.model.errors import Problem, RetentionError
from retention.model.plan import Plan, StepPlan, Tally
from retention.model.rule import Action
from retention.model.rule_text import Awaited
from retention.model.verdict import Reason, Verdict
from retention.runtime.plan_contract import refuse_changed, with_digest
from retention.sql.control.stored import from_json, to_json

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
STEP = StepPlan(
    rule_id="shop.invoices",
    rule_digest="a" * 64,
    table="invoices",
    action=Action.DELETE,
    full_sweep=True,
    examined=6,
    table_rows=10,
    tallies=(Tally(verdict=Verdict.DUE, reason=Reason.PERIODS_ENDED, detail="", groups=4),),
    due=4,
    due_digest="b" * 64,
    plan_only="",
    refusal=None,
)
PLAN = Plan(
    run_id="shop-1",
    dataset="shop",
    as_of=NOON,
    rules_digest="c" * 64,
    schema_digest="d" * 64,
    hold_epoch=3,
    made_at=NOON,
    expires_at=NOON + timedelta(days=1),
    steps=(STEP, replace(STEP, rule_id="shop.visits")),
    after={"shop.invoices": (), "shop.visits": ("shop.invoices",)},
    digest="",
)
REFUSAL = Problem(code="R430", what="too many", where="rule shop.invoices", remedy="look")
OTHER_STEP: dict[str, Any] = {
    "rule_id": "shop.other",
    "rule_digest": "e" * 64,
    "table": "other",
    "action": Action.PSEUDONYMIZE,
    "full_sweep": False,
    "examined": 7,
    "table_rows": 11,
    "tallies": (replace(STEP.tallies[0], groups=5),),
    "due": 5,
    "due_digest": "e" * 64,
    "plan_only": "asked for",
    "refusal": REFUSAL,
    "approval": True,
    "awaited": (Awaited(digest="e" * 64, until=NOON),),
}
OTHER_PLAN: dict[str, Any] = {
    "run_id": "shop-2",
    "dataset": "other",
    "as_of": NOON + timedelta(microseconds=1),
    "rules_digest": "e" * 64,
    "schema_digest": "e" * 64,
    "hold_epoch": 4,
    "made_at": NOON - timedelta(microseconds=1),
    "expires_at": NOON + timedelta(days=1, microseconds=1),
    "steps": PLAN.steps[::-1],
    "after": {"shop.invoices": ("shop.visits",), "shop.visits": ()},
}


def test_a_plan_fits_its_digest_after_it_was_stored() -> None:
    plan = with_digest(PLAN)
    refuse_changed(plan)
    refuse_changed(from_json(Plan, to_json(Plan, plan)))
    zoned = replace(PLAN, made_at=NOON.astimezone(datetime.fromisoformat("2026-07-01T00:00:00+02:00").tzinfo))
    refuse_changed(from_json(Plan, to_json(Plan, with_digest(zoned))))


def test_nothing_of_a_plan_can_be_changed_behind_its_digest() -> None:
    """Every field: one that is added later must be tried here too."""
    plan = with_digest(PLAN)
    changed = [replace(plan, **{name: value}) for name, value in OTHER_PLAN.items()]
    changed += [
        replace(plan, steps=(replace(STEP, **{name: value}), plan.steps[1])) for name, value in OTHER_STEP.items()
    ]
    changed += [replace(plan, digest="f" * 64), replace(plan, digest=""), replace(plan, steps=plan.steps[:1])]
    for one in changed:
        with pytest.raises(RetentionError, match=r"R414 run shop-[12]: .*\n  what to do: start a new run"):
            refuse_changed(one)
    assert set(OTHER_PLAN) | {"digest"} == {field.name for field in fields(Plan)}
    assert set(OTHER_STEP) == {field.name for field in fields(StepPlan)}
