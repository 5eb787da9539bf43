"""Releasing holds: one person requests, another confirms, and the hold protects until the cool-down is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from retention.model.errors import RetentionError, refuse
from retention.model.hold import HoldState
from retention.sql.control.hold_records import known_hold, set_hold
from retention.sql.control.holds import raise_epoch
from retention.sql.control.ledger import append
from retention.sql.control.records import HoldRecord
from retention.sql.control.tables import hold
from retention.sql.control.transactions import Transactions


class Releases:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    def request(self, hold_id: str, by: str, reason: str, at: datetime) -> HoldRecord:
        """It still protects. Raises RetentionError R361 (unknown), R363 (released, or requested already)."""
        with self._store.begin() as connection:
            record = known_hold(connection, hold_id)
            if record.hold.state not in (HoldState.IN_FORCE, HoldState.PENDING):
                raise _wrong_state(record, "a release was requested already, or it is released")
            set_hold(
                connection,
                hold_id,
                state=HoldState.RELEASE_REQUESTED.value,
                release_requested_by=by,
                release_requested_at=at,
                release_reason=reason,
            )
            append(connection, "hold_release_requested", {"hold": hold_id, "by": by}, at)
            return known_hold(connection, hold_id)

    def confirm(self, hold_id: str, by: str, at: datetime, *, protects_until: datetime) -> HoldRecord:
        """It still protects until then, and is released where that is not after ``at``.

        Raises RetentionError R361 (unknown), R362 (the person who requested it), R363 (nobody requested it)."""
        with self._store.begin() as connection:
            record = known_hold(connection, hold_id)
            if record.hold.state is not HoldState.RELEASE_REQUESTED:
                raise _wrong_state(record, "nobody has requested its release, or it is confirmed already")
            _refuse_one_person_alone(record, by)
            set_hold(connection, hold_id, released_by=by, released_at=at, protects_until=protects_until)
            if protects_until <= at:
                _release(connection, hold_id, {"hold": hold_id, "by": by}, at)
                raise_epoch(connection, at)
            else:
                set_hold(connection, hold_id, state=HoldState.RELEASE_CONFIRMED.value)
                told = {"hold": hold_id, "by": by, "protects_until": protects_until.isoformat(timespec="seconds")}
                append(connection, "hold_release_confirmed", told, at)
            return known_hold(connection, hold_id)

    def withdraw(self, hold_id: str, by: str, at: datetime) -> HoldRecord:
        """A release that was requested or confirmed, and has not taken effect: the hold goes on protecting.

        Raises RetentionError R361 (unknown), R363 (nobody requested its release, or it is released)."""
        with self._store.begin() as connection:
            record = known_hold(connection, hold_id)
            if record.hold.state not in (HoldState.RELEASE_REQUESTED, HoldState.RELEASE_CONFIRMED):
                raise _wrong_state(record, "there is no release that could be withdrawn")
            set_hold(
                connection,
                hold_id,
                state=HoldState.PENDING.value,  # until it is seen that every dataset has it
                release_requested_by=None,
                release_requested_at=None,
                release_reason=None,
                released_by=None,
                released_at=None,
                protects_until=None,
            )
            append(connection, "hold_release_withdrawn", {"hold": hold_id, "by": by}, at)
            return known_hold(connection, hold_id)

    def end(self, at: datetime) -> tuple[str, ...]:
        """Release the holds whose cool-down is over at ``at``; their ids. Recorded in the ledger. Safe to repeat."""
        ended = select(hold.c.hold_id).where(_cooled_down(at)).order_by(hold.c.number)
        with self._store.reading() as connection:
            if connection.execute(ended).first() is None:
                return ()
        with self._store.begin() as connection:
            ids = tuple(connection.execute(ended).scalars())
            for hold_id in ids:
                _release(connection, hold_id, {"hold": hold_id}, at)
            if ids:
                raise_epoch(connection, at)
            return ids


def _cooled_down(at: datetime) -> ColumnElement[bool]:
    return (hold.c.state == HoldState.RELEASE_CONFIRMED.value) & (hold.c.protects_until <= at)


def _release(connection: Connection, hold_id: str, told: dict[str, str], at: datetime) -> None:
    """The caller raises the epoch: no dataset is touched before it knows."""
    set_hold(connection, hold_id, state=HoldState.RELEASED.value)
    append(connection, "hold_released", told, at)


def _refuse_one_person_alone(record: HoldRecord, by: str) -> None:
    if record.release_requested_by == by:
        raise refuse(
            "R362",
            f"{by} requested the release of this hold, and cannot confirm it",
            where=f"hold {record.hold.id}",
            remedy="a second person confirms: another operating-system user, or with a token of their own "
            "(`retention token new NAME`); until then it protects",
        )


def _wrong_state(record: HoldRecord, why: str) -> RetentionError:
    return refuse(
        "R363",
        f"the hold is {record.hold.state.value}: {why}",
        where=f"hold {record.hold.id}",
        remedy="`retention hold list` says how each hold stands",
    )
