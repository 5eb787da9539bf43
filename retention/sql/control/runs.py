"""Runs: what was prepared, planned, done, verified and sealed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from retention.model.errors import Problem, refuse
from retention.model.plan import Plan
from retention.model.run import RunHandle, RunState, SignedHead, StepResult, Verification
from retention.sql.control.records import RunRecord
from retention.sql.control.stored import from_json, to_json
from retention.sql.control.tables import run, run_failure, run_step
from retention.sql.control.transactions import Transactions

_RECORD = [
    run.c[name] for name in ("run_id", "handle", "state", "created_at", "ended_at", "problems", "report", "head")
]


class Runs:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def prepare(self, handle: RunHandle, *, run_secret: bytes, at: datetime) -> RunHandle:
        """Record a run. Where one with this dataset and external id is there, that one is returned unchanged."""
        with self._store.begin() as connection:
            known = connection.execute(_by_external_id(handle.dataset, handle.external_id)).first()
            if known is not None:
                return from_json(RunHandle, known.handle)
            connection.execute(
                insert(run).values(
                    run_id=handle.run_id,
                    dataset=handle.dataset,
                    external_id=handle.external_id,
                    handle=to_json(RunHandle, handle),
                    state=RunState.PREPARED.value,
                    created_at=at,
                    problems="[]",
                    report="",
                    run_secret=run_secret,
                )
            )
        return handle

    def by_external_id(self, dataset: str, external_id: str) -> RunRecord | None:
        return self._one(_by_external_id(dataset, external_id))

    def run(self, run_id: str) -> RunRecord:
        """Raises RetentionError R400 for an unknown run, listing recent ones."""
        record = self._one(select(*_RECORD).where(run.c.run_id == run_id))
        if record is None:
            raise self._unknown(run_id)
        return record

    def runs_of(self, dataset: str, limit: int = 20) -> tuple[RunRecord, ...]:
        """Latest first."""
        return self._several(select(*_RECORD).where(run.c.dataset == dataset), limit)

    def recent(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """Of all datasets, latest first."""
        return self._several(select(*_RECORD), limit)

    def with_secret(self, dataset: str) -> tuple[RunRecord, ...]:
        """Those whose secret is not forgotten yet."""
        return self._several(select(*_RECORD).where(run.c.dataset == dataset, run.c.run_secret.is_not(None)), None)

    def last_sealed(self, dataset: str) -> RunRecord | None:
        sealed = select(*_RECORD).where(run.c.dataset == dataset, run.c.state == RunState.SEALED.value)
        return next(iter(self._several(sealed, 1)), None)

    def save_plan(self, run_id: str, plan: Plan) -> None:
        self._set(run_id, plan=to_json(Plan, plan))

    def plan(self, run_id: str) -> Plan | None:
        text = self._value(run_id, run.c.plan)
        return None if text is None else from_json(Plan, text)

    def set_state(self, run_id: str, state: RunState) -> None:
        self._set(run_id, state=state.value)

    def save_step(self, run_id: str, result: StepResult) -> None:
        """Replaces the result of an earlier attempt, and forgets its failure."""
        this = (run_step.c.run_id == run_id, run_step.c.rule_id == result.rule_id)
        with self._store.begin() as connection:
            self._must_exist(connection, run_id)
            _forget_failure(connection, run_id, result.rule_id)
            if result.deleted or result.pseudonymized:  # what was verified before has changed since
                connection.execute(update(run).where(run.c.run_id == run_id).values(verification=None))
            connection.execute(delete(run_step).where(*this))
            connection.execute(
                insert(run_step).values(run_id=run_id, rule_id=result.rule_id, result=to_json(StepResult, result))
            )

    def step_result(self, run_id: str, rule_id: str) -> StepResult | None:
        return next((result for result in self.step_results(run_id) if result.rule_id == rule_id), None)

    def step_results(self, run_id: str) -> tuple[StepResult, ...]:
        """In the order of rule ids."""
        statement = select(run_step.c.result).where(run_step.c.run_id == run_id).order_by(run_step.c.rule_id)
        with self._store.reading() as connection:
            return tuple(from_json(StepResult, text) for text in connection.execute(statement).scalars())

    def save_failure(self, run_id: str, rule_id: str, problems: Iterable[Problem]) -> None:
        """Why the last attempt at a rule failed. A later result of that rule forgets it."""
        text = to_json(tuple[Problem, ...], tuple(problems))
        with self._store.begin() as connection:
            self._must_exist(connection, run_id)
            _forget_failure(connection, run_id, rule_id)
            connection.execute(insert(run_failure).values(run_id=run_id, rule_id=rule_id, problems=text))

    def save_verification(self, run_id: str, verification: Verification) -> None:
        self._set(run_id, verification=to_json(Verification, verification))

    def verification(self, run_id: str) -> Verification | None:
        text = self._value(run_id, run.c.verification)
        return None if text is None else from_json(Verification, text)

    def save_sealed(
        self,
        run_id: str,
        *,
        state: RunState,
        problems: Iterable[str],
        head: SignedHead | None,
        report: str,
        at: datetime,
    ) -> None:
        """The end of a run; sealing again replaces it."""
        self._set(
            run_id,
            state=state.value,
            problems=to_json(tuple[str, ...], tuple(problems)),
            head=None if head is None else to_json(SignedHead, head),
            report=report,
            ended_at=at,
        )

    def run_secret(self, run_id: str) -> bytes | None:
        """32 bytes made for this run; None once it is forgotten."""
        secret = self._value(run_id, run.c.run_secret)
        return None if secret is None else bytes(secret)

    def forget_run_secret(self, run_id: str) -> None:
        self._set(run_id, run_secret=None)
        self._store.forget_deleted()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _set(self, run_id: str, **values: object) -> None:
        with self._store.begin() as connection:
            self._must_exist(connection, run_id)
            connection.execute(update(run).where(run.c.run_id == run_id).values(**values))

    def _value(self, run_id: str, column: Any) -> Any:
        with self._store.reading() as connection:
            row = connection.execute(select(column).where(run.c.run_id == run_id)).first()
        if row is None:
            raise self._unknown(run_id)
        return row[0]

    def _must_exist(self, connection: Connection, run_id: str) -> None:
        if connection.execute(select(run.c.run_id).where(run.c.run_id == run_id)).first() is None:
            raise _unknown(connection, run_id)

    def _unknown(self, run_id: str) -> Exception:
        with self._store.reading() as connection:
            return _unknown(connection, run_id)

    def _one(self, statement: Select[Any]) -> RunRecord | None:
        return next(iter(self._several(statement, 1)), None)

    def _several(self, statement: Select[Any], limit: int | None) -> tuple[RunRecord, ...]:
        latest = statement.order_by(run.c.created_at.desc(), run.c.run_id.desc()).limit(limit)
        with self._store.reading() as connection:
            return tuple(_record(connection, row) for row in connection.execute(latest).all())


def _by_external_id(dataset: str, external_id: str) -> Select[Any]:
    return select(*_RECORD).where(run.c.dataset == dataset, run.c.external_id == external_id)


def _record(connection: Connection, row: Row[Any]) -> RunRecord:
    failures = connection.execute(select(run_failure).where(run_failure.c.run_id == row.run_id)).all()
    return RunRecord(
        handle=from_json(RunHandle, row.handle),
        state=RunState(row.state),
        created_at=row.created_at,
        ended_at=row.ended_at,
        problems=from_json(tuple[str, ...], row.problems),
        report=row.report,
        head=None if row.head is None else from_json(SignedHead, row.head),
        failures={failure.rule_id: from_json(tuple[Problem, ...], failure.problems) for failure in failures},
    )


def _forget_failure(connection: Connection, run_id: str, rule_id: str) -> None:
    connection.execute(delete(run_failure).where(run_failure.c.run_id == run_id, run_failure.c.rule_id == rule_id))


def _unknown(connection: Connection, run_id: str) -> Exception:
    recent = connection.execute(select(run.c.run_id).order_by(run.c.created_at.desc()).limit(5)).scalars().all()
    return refuse(
        "R400",
        f"there is no run {run_id!r}; recent ones: {', '.join(recent) or 'none'}",
        where="control store",
        remedy="name one of those, or start a run; `retention status` lists them",
    )
