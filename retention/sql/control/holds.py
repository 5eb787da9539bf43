"""Holds: the truth about them, and how far each dataset has followed.

One epoch counts every change of the holds. A dataset whose copy is of an earlier epoch is *pending*: no run touches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from retention.model.errors import RetentionError, refuse
from retention.model.hold import Area, Hold, HoldState, SubjectKey
from retention.model.hold_words import in_words
from retention.sql.control.hold_scopes import add_areas, areas_of, placed_areas
from retention.sql.control.ledger import append
from retention.sql.control.link_gaps import gaps_of
from retention.sql.control.link_tables import linked_subject
from retention.sql.control.records import HoldCopy, HoldRecord, WantedHolds
from retention.sql.control.tables import deployment, hold, hold_copy, hold_subject
from retention.sql.control.transactions import Transactions

CHUNK = 500


class Holds:
    def __init__(self, transactions: Transactions) -> None:
        self._store = transactions

    # -- datasets ----------------------------------------------------------------------------------------------------

    def epoch(self, dataset: str) -> int:
        """The epoch of the holds that this dataset must have; the same for all datasets."""
        with self._store.reading() as connection:
            return _epoch(connection)

    def pending(self, dataset: str) -> bool:
        """Whether a change of the holds has not reached the dataset yet."""
        with self._store.reading() as connection:
            return _copy(connection, dataset).epoch < _epoch(connection)

    def copy(self, dataset: str) -> HoldCopy:
        with self._store.reading() as connection:
            return _copy(connection, dataset)

    def record_copy(self, copy: HoldCopy) -> None:
        """How far the dataset is now."""
        with self._store.begin() as connection:
            connection.execute(delete(hold_copy).where(hold_copy.c.dataset == copy.dataset))
            connection.execute(insert(hold_copy).values(dataset=copy.dataset, epoch=copy.epoch, reason=copy.reason))

    def wanted(self) -> WantedHolds:
        """What every dataset must have, read in one state of the store."""
        released = HoldState.RELEASED.value
        with self._store.reading() as connection:
            pairs = (
                select(hold.c.hold_id, table.c.kind, table.c.subject_key)
                .join(hold, hold.c.number == table.c.number)
                .where(hold.c.state != released)
                for table in (hold_subject, linked_subject)
            )
            rows = chain.from_iterable(connection.execute(statement) for statement in pairs)
            protected = frozenset((row.hold_id, SubjectKey(kind=row.kind, key=row.subject_key)) for row in rows)
            gone = connection.execute(select(hold.c.hold_id).where(hold.c.state == released)).scalars()
            return WantedHolds(
                epoch=_epoch(connection),
                protected=protected,
                released=frozenset(gone),
                areas=placed_areas(connection),
                in_doubt=frozenset(chain.from_iterable(gap.kinds for gap in gaps_of(connection))),
            )

    # -- placing -----------------------------------------------------------------------------------------------------

    def add(
        self, matter: str, subjects: tuple[SubjectKey, ...], by: str, at: datetime, *, areas: tuple[Area, ...] = ()
    ) -> HoldRecord:
        """A pending hold: from now on no dataset is touched before it has the hold. Recorded in the ledger, of a
        condition its columns and operators alone."""
        with self._store.begin() as connection:
            number = connection.execute(select(func.coalesce(func.max(hold.c.number), 0))).scalar_one() + 1
            hold_id, epoch = f"H-{number:04d}", raise_epoch(connection, at)
            connection.execute(
                insert(hold).values(
                    number=number,
                    hold_id=hold_id,
                    matter=matter,
                    placed_by=by,
                    placed_at=at,
                    state=HoldState.PENDING.value,
                    epoch=epoch,
                )
            )
            rows = [{"number": number, "kind": one.kind, "subject_key": one.key} for one in subjects]
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(hold_subject), rows[start : start + CHUNK])
            add_areas(connection, number, areas)
            placed: dict[str, Any] = {"hold": hold_id, "by": by, "subjects": len(subjects)}
            if areas:
                placed["areas"] = [in_words(area, constants=False) for area in areas]
            append(connection, "hold_placed", placed, at)
            return _known(connection, hold_id)

    def settle(self, datasets: Iterable[str], at: datetime) -> None:
        """Holds that every one of these datasets has are in force. Recorded in the ledger."""
        with self._store.begin() as connection:
            reached = min((_copy(connection, dataset).epoch for dataset in datasets), default=0)
            pending = hold.c.state == HoldState.PENDING.value
            ids = connection.execute(select(hold.c.hold_id).where(pending, hold.c.epoch <= reached)).scalars().all()
            for hold_id in ids:
                _set(connection, hold_id, state=HoldState.IN_FORCE.value)
                append(connection, "hold_in_force", {"hold": hold_id}, at)

    # -- releasing ---------------------------------------------------------------------------------------------------

    def request_release(self, hold_id: str, by: str, reason: str, at: datetime) -> HoldRecord:
        """It still protects. Raises RetentionError R361 (unknown), R363 (released, or requested already)."""
        with self._store.begin() as connection:
            record = _known(connection, hold_id)
            if record.hold.state not in (HoldState.IN_FORCE, HoldState.PENDING):
                raise _wrong_state(record, "a release was requested already, or it is released")
            _set(
                connection,
                hold_id,
                state=HoldState.RELEASE_REQUESTED.value,
                release_requested_by=by,
                release_requested_at=at,
                release_reason=reason,
            )
            append(connection, "hold_release_requested", {"hold": hold_id, "by": by}, at)
            return _known(connection, hold_id)

    def confirm_release(self, hold_id: str, by: str, at: datetime) -> HoldRecord:
        """Raises RetentionError R361 (unknown), R362 (the person who requested it), R363 (nobody requested it)."""
        with self._store.begin() as connection:
            record = _known(connection, hold_id)
            if record.hold.state is not HoldState.RELEASE_REQUESTED:
                raise _wrong_state(record, "nobody has requested its release, or it is released")
            _refuse_one_person_alone(record, by)
            _set(connection, hold_id, state=HoldState.RELEASED.value, released_by=by, released_at=at)
            raise_epoch(connection, at)
            append(connection, "hold_released", {"hold": hold_id, "by": by}, at)
            return _known(connection, hold_id)

    # -- reading -----------------------------------------------------------------------------------------------------

    def record(self, hold_id: str) -> HoldRecord:
        """Raises RetentionError R361 for an unknown hold, listing those that there are."""
        with self._store.reading() as connection:
            return _known(connection, hold_id)

    def records(self) -> tuple[HoldRecord, ...]:
        """All holds, in the order in which they were placed, the released ones too."""
        with self._store.reading() as connection:
            rows = connection.execute(select(hold).order_by(hold.c.number)).all()
            return tuple(_record(connection, row) for row in rows)


def _epoch(connection: Connection) -> int:
    return int(connection.execute(select(deployment.c.hold_epoch)).scalar_one())


def raise_epoch(connection: Connection, at: datetime) -> int:
    """From now on no dataset is touched before it has followed.

    The time in milliseconds, or one more than the last: a store that was restored from an older copy must not give an
    epoch again that datasets have had from it, or they would seem to have what was placed since."""
    epoch = max(_epoch(connection) + 1, int(at.timestamp() * 1000))
    connection.execute(update(deployment).values(hold_epoch=epoch))
    return epoch


def _copy(connection: Connection, dataset: str) -> HoldCopy:
    row = connection.execute(select(hold_copy).where(hold_copy.c.dataset == dataset)).first()
    return HoldCopy(dataset=dataset, epoch=row.epoch if row else 0, reason=row.reason if row else "")


def _set(connection: Connection, hold_id: str, **values: object) -> None:
    connection.execute(update(hold).where(hold.c.hold_id == hold_id).values(**values))


def _refuse_one_person_alone(record: HoldRecord, by: str) -> None:
    if record.release_requested_by == by:
        raise refuse(
            "R362",
            f"{by} requested the release of this hold, and cannot confirm it",
            where=f"hold {record.hold.id}",
            remedy="a second person confirms: another operating-system user, or with a token of their own "
            "(`retention token new NAME`); until then it protects",
        )


def _known(connection: Connection, hold_id: str) -> HoldRecord:
    row = connection.execute(select(hold).where(hold.c.hold_id == hold_id)).first()
    if row is not None:
        return _record(connection, row)
    recent = sorted(connection.execute(_recent_ids()).scalars())
    raise refuse(
        "R361",
        f"there is no hold {hold_id!r}; there are: {', '.join(recent) or 'none'}",
        where="control store",
        remedy="name one of those; `retention hold list` says more about them",
    )


def _recent_ids() -> Select[Any]:
    return select(hold.c.hold_id).order_by(hold.c.number.desc()).limit(20)


def _record(connection: Connection, row: Row[Any]) -> HoldRecord:
    statement = select(hold_subject.c.kind, hold_subject.c.subject_key).where(hold_subject.c.number == row.number)
    subjects = tuple(sorted(SubjectKey(kind=kind, key=key) for kind, key in connection.execute(statement)))
    placed = Hold(
        id=row.hold_id,
        matter=row.matter,
        subjects=subjects,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        state=HoldState(row.state),
        areas=areas_of(connection, row.number),
    )
    return HoldRecord(
        hold=placed,
        epoch=row.epoch,
        release_requested_by=row.release_requested_by or "",
        release_reason=row.release_reason or "",
        released_by=row.released_by or "",
    )


def _wrong_state(record: HoldRecord, why: str) -> RetentionError:
    return refuse(
        "R363",
        f"the hold is {record.hold.state.value}: {why}",
        where=f"hold {record.hold.id}",
        remedy="`retention hold list` says how each hold stands",
    )
