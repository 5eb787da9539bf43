"""The shape of settings.yaml: what a deployment decides for all of its rules."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from pydantic.functional_validators import BeforeValidator

from retention.model.period import Period
from retention.model.rule import Approval
from retention.policy.documents.base import Choice, Document, PeriodText, Text, Version, whole
from retention.policy.documents.rule import LimitsDocument

NONE = "P0D"


def _cool_down(value: Any) -> Any:
    """P0D says *none* in so many words; elsewhere a period without a length is refused."""
    if value == NONE:
        return Period()
    return value


class SettingsDocument(Document):
    """settings.yaml. Every key but version may be left out; the defaults are the safe ones."""

    version: Version = Field(description="Always 1.")
    limits: LimitsDocument | None = Field(
        None, description="A run refuses a rule beyond the larger of both. Default: 0.1, 1000."
    )
    lead: PeriodText | None = Field(None, description="Before a ceiling, at most a tenth of its period. Default: P7D.")
    cool_down: Annotated[PeriodText, BeforeValidator(_cool_down)] | None = Field(
        None,
        description="How long a change waits by which a row would go earlier, more irreversibly or less protected. "
        "P0D: not at all. Default: P30D.",
    )
    conflict_deadline: PeriodText | None = Field(
        None,
        description="How long counsel has to choose between a floor and a ceiling, from when a run first saw it.",
    )
    first_run_is_plan_only: bool | None = Field(None, description="Of a new or changed rule. Default: true.")
    plan_lifetime_minutes: whole(1, 43_200) | None = Field(None, description="Default: 1440.")  # type: ignore[valid-type]
    approval: Annotated[Approval, Choice("ways to approve", Approval)] | None = Field(
        None, description="required: a second person approves each plan before it is carried out. Default: none."
    )
    batch_groups: whole(100, 50_000) | None = Field(None, description="Groups in the first batch. Default: 5000.")  # type: ignore[valid-type]
    batch_target_ms: whole(10, 500) | None = Field(None, description="Aim of a transaction. Default: 150.")  # type: ignore[valid-type]
    full_sweep_every_days: whole(0, 366) | None = Field(None, description="0: every run. Default: 7.")  # type: ignore[valid-type]
    originals_lifetime_days: whole(1, 366) | None = Field(  # type: ignore[valid-type]
        None, description="Until the digests of originals of a run that was never sealed are forgotten. Default: 14."
    )
    lease_seconds: whole(10, 3_600) | None = Field(None, description="Default: 60.")  # type: ignore[valid-type]
    locale: Text | None = Field(None, description="Of pools where a column does not say. Default: en_US.")
    pool_size: whole(16, 65_536) | None = Field(None, description="Values in a pool. Default: 4096.")  # type: ignore[valid-type]
