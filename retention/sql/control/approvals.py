"""Approvals and rejections of plans."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from retention.model.approval import Decision, PlanDecision
from retention.model.errors import RetentionError, refuse
from retention.sql.control.approval_tables import plan_decision
from retention.sql.control.ledger import append
from retention.sql.control.transactions import Transactions


class Approvals:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def decisions(self, run_id: str) -> tuple[PlanDecision, ...]:
        """In the order in which they were taken."""
        with self._store.reading() as connection:
            return _decisions(connection, run_id)

    def record(self, wanted: PlanDecision) -> None:
        """Recorded in the ledger. Raises RetentionError R417 (rejected already), R419 (approved already)."""
        with self._store.begin() as connection:
            for known in _decisions(connection, wanted.run_id):
                if known.decision is Decision.REJECTED:
                    raise rejected(known)
                if wanted.decision is Decision.APPROVED:
                    raise refuse(
                        "R419",
                        f"{known.by} approved its plan already, at {known.at.isoformat(timespec='seconds')}",
                        where=f"run {known.run_id}",
                        remedy=f"`retention run --resume {known.run_id}` carries it out",
                    )
            connection.execute(
                insert(plan_decision).values(
                    run_id=wanted.run_id,
                    decision=wanted.decision.value,
                    digest=wanted.digest,
                    decided_by=wanted.by,
                    decided_at=wanted.at,
                    reason=wanted.reason,
                )
            )
            body = {"run_id": wanted.run_id, "by": wanted.by, "plan_digest": wanted.digest}
            append(connection, f"plan_{wanted.decision.value}", body, wanted.at)


def rejected(known: PlanDecision) -> RetentionError:
    """R417: it is for good."""
    return refuse(
        "R417",
        f"{known.by} rejected the plan at {known.at.isoformat(timespec='seconds')}: {known.reason}",
        where=f"run {known.run_id}",
        remedy="mend what the rejection names, then start a new run: it is planned and approved anew",
    )


def _decisions(connection: Connection, run_id: str) -> tuple[PlanDecision, ...]:
    statement = select(plan_decision).where(plan_decision.c.run_id == run_id)
    rows = connection.execute(statement.order_by(plan_decision.c.decided_at, plan_decision.c.decision)).all()
    return tuple(
        PlanDecision(
            run_id=row.run_id,
            digest=row.digest,
            decision=Decision(row.decision),
            by=row.decided_by,
            at=row.decided_at,
            reason=row.reason,
        )
        for row in rows
    )
