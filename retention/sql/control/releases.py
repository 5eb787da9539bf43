"""Releasing holds: one person requests, another confirms, and the hold protects until the cool-down is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select

from retention.model.errors import RetentionError, refuse
from retention.model.hold import HoldState
from retention.sql.control.hold_records import entry, known_hold, set_hold
from retention.sql.control.holds import raise_epoch
from retention.sql.control.ledger import append
from retention.sql.control.records import HoldRecord
from retention.sql.control.tables import hold
from retention.sql.control.transactions import Transactions

_LATEST_ZONE = timedelta(hours=12)  # UTC-12


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
            _told(connection, record, "release_requested", at, by=by)
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
                _release(connection, record, at, by=by)
                raise_epoch(connection, at)
            else:
                set_hold(connection, hold_id, state=HoldState.RELEASE_CONFIRMED.value)
                until = protects_until.isoformat(timespec="seconds")
                _told(connection, record, "release_confirmed", at, by=by, protects_until=until)
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
            _told(connection, record, "release_withdrawn", at, by=by)
            return known_hold(connection, hold_id)

    def end(self, at: datetime) -> tuple[str, ...]:
        """Release the holds whose cool-down is over at ``at``, and the claims assessments whose last day has passed
        everywhere; their ids. Recorded in the ledger. Safe to repeat."""
        ended = select(hold.c.hold_id).where(_cooled_down(at) | _has_passed(at)).order_by(hold.c.number)
        with self._store.reading() as connection:
            if connection.execute(ended).first() is None:
                return ()
        with self._store.begin() as connection:
            ids = tuple(connection.execute(ended).scalars())
            for hold_id in ids:
                _release(connection, known_hold(connection, hold_id), at)
            if ids:
                raise_epoch(connection, at)
            return ids


def _cooled_down(at: datetime) -> ColumnElement[bool]:
    return (hold.c.state == HoldState.RELEASE_CONFIRMED.value) & (hold.c.protects_until <= at)


def _has_passed(at: datetime) -> ColumnElement[bool]:
    """A decision heeds the last day in its rule's zone; here the day has passed in every zone."""
    today = (at.astimezone(UTC) - _LATEST_ZONE).date().isoformat()
    return (hold.c.state != HoldState.RELEASED.value) & (hold.c.claim_through < today)


def _release(connection: Connection, record: HoldRecord, at: datetime, **more: str) -> None:
    """The caller raises the epoch: no dataset is touched before it knows."""
    set_hold(connection, record.hold.id, state=HoldState.RELEASED.value)
    _told(connection, record, "released" if record.hold.claim is None else "ended", at, **more)


def _told(connection: Connection, record: HoldRecord, event: str, at: datetime, **more: str) -> None:
    kind, first = entry(record, event)
    append(connection, kind, {**first, **more}, at)


def _refuse_one_person_alone(record: HoldRecord, by: str) -> None:
    if record.release_requested_by == by:
        raise refuse(
            "R362",
            f"{by} requested the release of this {record.hold.noun}, and cannot confirm it",
            where=f"{record.hold.noun} {record.hold.id}",
            remedy="a second person confirms: another operating-system user, or with a token of their own "
            "(`retention token new NAME`); until then it protects",
        )


def _wrong_state(record: HoldRecord, why: str) -> RetentionError:
    return refuse(
        "R363",
        f"the {record.hold.noun} is {record.hold.state.value}: {why}",
        where=f"{record.hold.noun} {record.hold.id}",
        remedy=f"`retention {record.hold.verb} list` says how each {record.hold.noun} stands",
    )
