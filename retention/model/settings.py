"""Deployment settings: one file, safe defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from retention.model.period import Period
from retention.model.rule import Approval, Limits

LIMITS = Limits(share=0.10, groups=1_000)
LEAD = Period(days=7)
COOL_DOWN = Period(days=30)
CONFLICT_DEADLINE = Period(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides for all of its rules (retention_rules/settings.yaml)."""

    limits: Limits = LIMITS
    lead: Period = LEAD  # before a ceiling; at most a tenth of its period
    cool_down: Period = COOL_DOWN  # of a change by which a row would go earlier; no length: none
    conflict_deadline: Period = CONFLICT_DEADLINE  # for counsel's choice, from when a run first saw the conflict
    first_run_is_plan_only: bool = True  # of a rule, or of a changed rule
    plan_lifetime_minutes: int = 24 * 60
    approval: Approval = Approval.NONE  # of every plan that disposes of something; a rule may ask for it by itself
    batch_groups: int = 5_000  # groups in the first batch; adapts between 100 and 50,000
    batch_target_ms: int = 150  # aim of a transaction
    full_sweep_every_days: int = 7  # between these only what newly fell due and the residue is examined; 0: always
    originals_lifetime_days: int = 14  # of what a run that is never sealed would be verified by
    lease_seconds: int = 60
    locale: str = "en_US"  # of pools where a column does not say
    pool_size: int = 4_096  # values in a pool; the same for everybody once a pool exists
    relaxed: tuple[str, ...] = field(default=())  # names of settings that are looser than the safe defaults, for output
