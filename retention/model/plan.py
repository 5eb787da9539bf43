"""The plan: what a run will do, decided for one instant, frozen and digested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from retention.model.errors import Problem
from retention.model.rule import Action
from retention.model.rule_text import Awaited
from retention.model.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many groups got this verdict for this reason. ``detail`` names a table or clause, never a value:
    for REFERENCED the referring table, for COOLING_DOWN the day (UTC) on which they are due after all."""

    verdict: Verdict
    reason: Reason
    detail: str
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """One rule of the run. The tallies add up to ``examined``."""

    rule_id: str
    rule_digest: str
    table: str
    action: Action
    full_sweep: bool  # False: only what newly fell due, and the residue, was examined
    examined: int
    table_rows: int
    tallies: tuple[Tally, ...]
    due: int  # groups that the run may dispose of: DUE in the tallies
    due_digest: str  # SHA-256 over their numbers and keys in order, computed in the database
    plan_only: str  # why nothing will be written although something may be due; empty: it will
    refusal: Problem | None  # why this step must not run
    approval: bool = False  # whether a second person approves the plan before this step writes
    awaited: tuple[Awaited, ...] = ()  # earlier texts of the rule that must agree with what it disposes of

    @property
    def writes(self) -> bool:
        """Whether carrying it out may dispose of something."""
        return self.due > 0 and not self.plan_only and self.refusal is None

    def count(self, verdict: Verdict) -> int:
        return sum(tally.groups for tally in self.tallies if tally.verdict is verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps stand in the order in which they run: tables that refer to others first. ``digest`` is over all else."""

    run_id: str
    dataset: str
    as_of: datetime
    rules_digest: str
    schema_digest: str
    hold_epoch: int
    made_at: datetime
    expires_at: datetime
    steps: tuple[StepPlan, ...]
    after: Mapping[str, tuple[str, ...]]  # rule id -> rule ids that run before it
    digest: str
