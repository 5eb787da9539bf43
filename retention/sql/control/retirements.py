"""Retiring a dataset and reviving it: one person asks, another one confirms. Every step is in the ledger.

A change of what is retired raises the epoch of the holds: a retired dataset never follows it, so that no batch there
can commit, whoever began it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from retention.model.errors import RetentionError, refuse
from retention.model.retirement import Retirement, RetirementState
from retention.sql.control.holds import raise_epoch
from retention.sql.control.ledger import append
from retention.sql.control.link_tables import retirement
from retention.sql.control.transactions import Transactions

REQUESTED, RETIRED = RetirementState.REQUESTED, RetirementState.RETIRED
REVIVAL_REQUESTED = RetirementState.REVIVAL_REQUESTED


class Retirements:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def all(self) -> dict[str, Retirement]:
        """By dataset; one that is not there is in use."""
        with self._store.reading() as connection:
            return {row.dataset: _record(row) for row in connection.execute(select(retirement))}

    def of(self, dataset: str) -> Retirement | None:
        with self._store.reading() as connection:
            return _of(connection, dataset)

    def request(self, dataset: str, by: str, reason: str, at: datetime) -> Retirement | None:
        """Ask for the retirement; of a dataset whose revival is requested: take that request back.

        Raises RetentionError R392 where it is requested already, or done.
        """
        with self._store.begin() as connection:
            known = _of(connection, dataset)
            if known is None:
                values = {"reason": reason, "requested_by": by, "requested_at": at}
                connection.execute(insert(retirement).values(dataset=dataset, state=REQUESTED.value, **values))
                append(connection, "retirement_requested", {"dataset": dataset, "by": by}, at)
            elif known.state is REVIVAL_REQUESTED:
                _set(connection, dataset, state=RETIRED.value, revival_requested_by=None, revival_reason=None)
                append(connection, "revival_withdrawn", {"dataset": dataset, "by": by}, at)
            else:
                raise _wrong(dataset, known.in_words)
            return _of(connection, dataset)

    def confirm(self, dataset: str, by: str, at: datetime) -> Retirement | None:
        """Raises RetentionError R391 (the person who requested it), R392 (nobody requested it, or it is done)."""
        with self._store.begin() as connection:
            known = _of(connection, dataset)
            if known is None or known.state is not REQUESTED:
                raise _wrong(dataset, known.in_words if known else "nobody has requested its retirement")
            _refuse_same(dataset, known.requested_by, by, "retirement")
            _set(connection, dataset, state=RETIRED.value, confirmed_by=by)
            raise_epoch(connection, at)
            append(connection, "dataset_retired", {"dataset": dataset, "by": by}, at)
            return _of(connection, dataset)

    def request_revival(self, dataset: str, by: str, reason: str, at: datetime) -> Retirement | None:
        """Ask for the revival; of a dataset whose retirement is requested: take that request back.

        Raises RetentionError R392 where the dataset is in use, or its revival requested already.
        """
        with self._store.begin() as connection:
            known = _of(connection, dataset)
            if known is None or known.state is REVIVAL_REQUESTED:
                raise _wrong(dataset, "its revival is requested already" if known else "it is in use")
            if known.state is REQUESTED:
                connection.execute(delete(retirement).where(retirement.c.dataset == dataset))
                append(connection, "retirement_withdrawn", {"dataset": dataset, "by": by}, at)
            else:
                values = {"revival_requested_by": by, "revival_reason": reason}
                _set(connection, dataset, state=REVIVAL_REQUESTED.value, **values)
                append(connection, "revival_requested", {"dataset": dataset, "by": by}, at)
            return _of(connection, dataset)

    def confirm_revival(self, dataset: str, by: str, at: datetime) -> None:
        """Raises RetentionError R391 (the person who requested it), R392 (nobody requested it)."""
        with self._store.begin() as connection:
            known = _of(connection, dataset)
            if known is None or known.state is not REVIVAL_REQUESTED:
                raise _wrong(dataset, known.in_words if known else "it is in use")
            _refuse_same(dataset, known.revival_requested_by, by, "revival")
            connection.execute(delete(retirement).where(retirement.c.dataset == dataset))
            raise_epoch(connection, at)
            append(connection, "dataset_revived", {"dataset": dataset, "by": by}, at)


def _of(connection: Connection, dataset: str) -> Retirement | None:
    row = connection.execute(select(retirement).where(retirement.c.dataset == dataset)).first()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> Retirement:
    return Retirement(
        dataset=row.dataset,
        state=RetirementState(row.state),
        reason=row.reason,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        confirmed_by=row.confirmed_by or "",
        revival_requested_by=row.revival_requested_by or "",
        revival_reason=row.revival_reason or "",
    )


def _set(connection: Connection, dataset: str, **values: object) -> None:
    connection.execute(update(retirement).where(retirement.c.dataset == dataset).values(**values))


def _refuse_same(dataset: str, requested_by: str, by: str, what: str) -> None:
    if requested_by == by:
        raise refuse(
            "R391",
            f"{by} requested the {what} of this dataset, and cannot confirm it",
            where=f"dataset {dataset}",
            remedy="a second person confirms: another operating-system user, or with a token of their own "
            "(`retention token new NAME`); until then it stays requested",
        )


def _wrong(dataset: str, why: str) -> RetentionError:
    return refuse(
        "R392",
        f"this cannot be done: {why}",
        where=f"dataset {dataset}",
        remedy="`retention status` says how each dataset stands",
    )
