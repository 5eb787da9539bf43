"""Holds: the truth about them, and how far each dataset has followed.

One epoch counts every change of the holds. A dataset whose copy is of an earlier epoch is *pending*: no run touches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, delete, func, insert, select, update

from retention.model.hold import Area, Claim, HoldState, SubjectKey
from retention.model.hold_words import in_words
from retention.sql.claim_rows import elements_text
from retention.sql.control.hold_records import entry, known_hold, placed_claims, recorded, set_hold
from retention.sql.control.hold_scopes import add_areas, placed_areas
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
                claims=placed_claims(connection),
            )

    # -- placing -----------------------------------------------------------------------------------------------------

    def add(
        self,
        matter: str,
        subjects: tuple[SubjectKey, ...],
        by: str,
        at: datetime,
        *,
        areas: tuple[Area, ...] = (),
        claim: Claim | None = None,
    ) -> HoldRecord:
        """A pending hold: from now on no dataset is touched before it has the hold. Recorded in the ledger, of a
        condition its columns and operators alone. With a ``claim`` it is a claims assessment."""
        with self._store.begin() as connection:
            number = connection.execute(select(func.coalesce(func.max(hold.c.number), 0))).scalar_one() + 1
            hold_id, epoch = _next_id(connection, claim), raise_epoch(connection, at)
            connection.execute(
                insert(hold).values(
                    number=number,
                    hold_id=hold_id,
                    matter=matter,
                    placed_by=by,
                    placed_at=at,
                    state=HoldState.PENDING.value,
                    epoch=epoch,
                    claim_owner=claim and claim.owner,
                    claim_through=claim and claim.through.isoformat(),
                    claim_elements=claim and elements_text(claim.elements),
                )
            )
            rows = [{"number": number, "kind": one.kind, "subject_key": one.key} for one in subjects]
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(hold_subject), rows[start : start + CHUNK])
            add_areas(connection, number, areas)
            record = known_hold(connection, hold_id)
            kind, placed = entry(record, "placed" if claim is None else "recorded")
            placed |= {"by": by, "subjects": len(subjects)}
            if areas:
                placed["areas"] = [in_words(area, constants=False) for area in areas]
            if claim is not None:
                placed |= {"owner": claim.owner, "through": claim.through.isoformat()}
            append(connection, kind, placed, at)
            return record

    def settle(self, datasets: Iterable[str], at: datetime) -> None:
        """Holds that every one of these datasets has are in force. Recorded in the ledger."""
        with self._store.begin() as connection:
            reached = min((_copy(connection, dataset).epoch for dataset in datasets), default=0)
            pending = hold.c.state == HoldState.PENDING.value
            ids = connection.execute(select(hold.c.hold_id).where(pending, hold.c.epoch <= reached)).scalars().all()
            for hold_id in ids:
                set_hold(connection, hold_id, state=HoldState.IN_FORCE.value)
                append(connection, *entry(known_hold(connection, hold_id), "in_force"), at)

    # -- reading -----------------------------------------------------------------------------------------------------

    def record(self, hold_id: str) -> HoldRecord:
        """Raises RetentionError R361 for an unknown hold, listing those that there are."""
        with self._store.reading() as connection:
            return known_hold(connection, hold_id)

    def records(self) -> tuple[HoldRecord, ...]:
        """All holds, in the order in which they were placed, the released ones too."""
        with self._store.reading() as connection:
            rows = connection.execute(select(hold).order_by(hold.c.number)).all()
            return tuple(recorded(connection, row) for row in rows)


def _next_id(connection: Connection, claim: Claim | None) -> str:
    """Holds and claims assessments are counted by themselves; none is ever taken away."""
    same = hold.c.claim_through.is_(None) if claim is None else hold.c.claim_through.is_not(None)
    count = connection.execute(select(func.count()).select_from(hold).where(same)).scalar_one()
    return f"{'H' if claim is None else 'A'}-{count + 1:04d}"


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
