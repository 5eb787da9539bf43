"""The use cases of the engine, made up, so that Airflow can be told whatever a test needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from retention.model.plan import Plan, StepPlan, Tally
from retention.model.rule import Action
from retention.model.run import (
    Check,
    CheckOutcome,
    RunHandle,
    RunState,
    SealedRun,
    SignedHead,
    StepResult,
    Verification,
)
from retention.model.verdict import Reason, Verdict

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
AFTER = {"crm.accounts": ("crm.business_contacts",), "crm.organizations": ("crm.accounts", "crm.business_contacts")}


class MadeUpEngine:
    """The use cases of retention.runtime, each of which tells what it is asked to tell. ``calls`` records them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.raising: dict[str, Exception] = {}
        self.due = 3
        self.checks = (self.check(CheckOutcome.PASSED),)
        self.plan_only = False

    @staticmethod
    def check(outcome: CheckOutcome) -> Check:
        return Check(
            name="nothing_due_left",
            rule_id="crm.accounts",
            table="accounts",
            column="",
            examined=10,
            violations=int(outcome is CheckOutcome.WRONG),
            unknown=0,
            outcome=outcome,
            by="verifier",
        )

    def _called(self, name: str, detail: Any) -> None:
        self.calls.append((name, detail))
        if name in self.raising:
            raise self.raising[name]
        if f"{name} {detail}" in self.raising:
            raise self.raising[f"{name} {detail}"]

    def prepare(
        self,
        deployment: Any,
        dataset_id: str,
        *,
        as_of: datetime | None,
        plan_only: bool,
        external_id: str,
        started_by: str,
    ) -> RunHandle:
        given = {"as_of": as_of, "plan_only": plan_only, "external_id": external_id, "started_by": started_by}
        self._called("prepare", given)
        self.plan_only = plan_only
        return RunHandle(
            run_id="crm-20260701T000000Z-1a2b3c",
            dataset=dataset_id,
            as_of=as_of or AS_OF,
            plan_only=plan_only,
            external_id=external_id,
            rules_digest="r" * 64,
            hold_epoch=1,
        )

    def plan_run(self, deployment: Any, run_id: str) -> Plan:
        self._called("plan", run_id)
        return self.plan(run_id)

    def plan(self, run_id: str) -> Plan:
        steps = tuple(self._step(f"crm.{name}", name) for name in ("business_contacts", "accounts", "organizations"))
        return Plan(
            run_id=run_id,
            dataset="crm",
            as_of=AS_OF,
            rules_digest="r" * 64,
            schema_digest="s" * 64,
            hold_epoch=1,
            made_at=AS_OF,
            expires_at=AS_OF,
            steps=steps,
            after=AFTER,
            digest="p" * 64,
        )

    def _step(self, rule_id: str, table: str) -> StepPlan:
        tallies = (
            Tally(verdict=Verdict.RETAINED, reason=Reason.NONE, detail="", groups=7),
            Tally(verdict=Verdict.DUE, reason=Reason.PERIODS_ENDED, detail="", groups=self.due),
        )
        return StepPlan(
            rule_id=rule_id,
            rule_digest="d" * 64,
            table=table,
            action=Action.DELETE,
            full_sweep=True,
            examined=7 + self.due,
            table_rows=7 + self.due,
            tallies=tallies,
            due=self.due,
            due_digest="e" * 64,
            plan_only="asked for" if self.plan_only else "",
            refusal=None,
        )

    def dispose(self, deployment: Any, run_id: str, rule_id: str, progress: Any = None) -> StepResult:
        self._called("dispose", rule_id)
        return StepResult(
            run_id=run_id,
            rule_id=rule_id,
            table=rule_id.removeprefix("crm."),
            planned=self.due,
            deleted=0 if self.plan_only else self.due,
            pseudonymized=0,
            spared={},
            set_aside=0,
            unexplained=0,
            rows={},
            batches=1,
            resumed=False,
            plan_only="asked for" if self.plan_only else "",
        )

    def verify_run(self, deployment: Any, run_id: str) -> Verification:
        self._called("verify", run_id)
        return Verification(run_id=run_id, checks=self.checks, not_examined=())

    def seal(self, deployment: Any, run_id: str) -> SealedRun:
        self._called("seal", run_id)
        disposed = {
            detail for name, detail in self.calls if name == "dispose" and f"dispose {detail}" not in self.raising
        }
        missing = [step.rule_id for step in self.plan(run_id).steps if step.rule_id not in disposed]
        problems = tuple(f"rule {rule_id} did not run" for rule_id in missing)
        if not all(check.outcome is CheckOutcome.PASSED for check in self.checks):
            problems += ("verification did not pass",)
        return SealedRun(
            run_id=run_id,
            dataset="crm",
            state=RunState.FAILED if problems else RunState.SEALED,
            as_of=AS_OF,
            plan=self.plan(run_id),
            steps=(),
            verification=None,
            head=SignedHead(
                deployment="d", sequence=4, hash="h" * 64, signed_at=AS_OF, key_id="k", signature="s" * 128
            ),
            problems=problems,
            report=f"/somewhere/reports/{run_id}.html",
        )
