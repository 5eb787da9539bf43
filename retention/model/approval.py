"""What a second person said of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Decision(StrEnum):
    """A rejection is for good: it outranks an approval, and none follows it."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDecision:
    """It binds exactly the plan with this ``digest``, and no other plan of the run."""

    run_id: str
    digest: str
    decision: Decision
    by: str
    at: datetime
    reason: str  # no person's name
