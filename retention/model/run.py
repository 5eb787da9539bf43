"""A run and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retention.model.plan import Plan


class RunState(StrEnum):
    """prepared -> planned -> disposing -> verified -> sealed, or failed from anywhere; stopped by the stop switch."""

    PREPARED = "prepared"
    PLANNED = "planned"
    DISPOSING = "disposing"
    VERIFIED = "verified"
    SEALED = "sealed"  # everything planned was done or explained, and verification passed
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHandle:
    """What prepare hands on. ``external_id`` is the caller's name of the run (Airflow's run id); preparing twice
    with the same one gives the same run."""

    run_id: str  # "crm-20260701T000000Z-1a2b3c"
    dataset: str
    as_of: datetime
    plan_only: bool
    external_id: str
    rules_digest: str
    hold_epoch: int
    started_by: str = ""  # who prepared it; empty: a schedule, or nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What disposing of one rule's groups came to. ``rows`` counts rows per table, members included."""

    run_id: str
    rule_id: str
    table: str
    planned: int  # groups
    deleted: int  # groups
    pseudonymized: int  # groups
    spared: Mapping[
        str, int
    ]  # groups planned, then kept: verdict (or "vanished") -> count, found in the writing transaction
    set_aside: int  # groups that the database refused to write
    unexplained: int  # groups planned, not disposed of, and no reason found: the run fails
    rows: Mapping[str, int]
    batches: int
    resumed: bool
    plan_only: str  # the reason, when nothing was to be written
    batch_ms_median: float = 0.0
    batch_ms_max: float = 0.0

    @property
    def failed(self) -> bool:
        return bool(self.set_aside or self.unexplained)


class CheckOutcome(StrEnum):
    """Wrong and could-not-tell are different, and neither passes."""

    PASSED = "passed"
    NOT_APPLICABLE = "not_applicable"  # the journal shows no change, or a second query agrees that the table is empty
    WRONG = "wrong"
    COULD_NOT_TELL = "could_not_tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise looked at by other means than disposal. Counts only, never a value."""

    name: str  # "nothing_due_left", "originals_gone_same_subject", "originals_gone_anywhere", "in_range", ...
    rule_id: str
    table: str
    column: str  # empty where the check is about the table
    examined: int
    violations: int
    unknown: int
    outcome: CheckOutcome
    by: str  # "verifier" or "great_expectations"
    note: str = ""  # what was not examined, or what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """All checks of a run. ``not_examined`` says in words which columns or tables nobody looked at, and why."""

    run_id: str
    checks: tuple[Check, ...]
    not_examined: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return bool(self.checks) and all(
            check.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE) for check in self.checks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """The end of the ledger at one moment, signed with the deployment's Ed25519 key. Hash and signature in hex."""

    deployment: str
    sequence: int
    hash: str
    signed_at: datetime
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRun:
    """The end of a run. ``problems`` in words, each with what to do; empty when ``state`` is SEALED."""

    run_id: str
    dataset: str
    state: RunState
    as_of: datetime
    plan: Plan
    steps: tuple[StepResult, ...]
    verification: Verification | None
    head: SignedHead | None
    problems: tuple[str, ...]
    report: str  # path of the HTML report; empty when none was written
