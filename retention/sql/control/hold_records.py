"""Reading a hold as it is recorded, and changing how it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from retention.model.errors import refuse
from retention.model.hold import Claim, Hold, HoldState, PlacedClaim, SubjectKey
from retention.sql.claim_rows import elements_of
from retention.sql.control.hold_scopes import areas_of
from retention.sql.control.records import HoldRecord
from retention.sql.control.tables import hold, hold_subject


def set_hold(connection: Connection, hold_id: str, **values: object) -> None:
    connection.execute(update(hold).where(hold.c.hold_id == hold_id).values(**values))


def known_hold(connection: Connection, hold_id: str) -> HoldRecord:
    """Raises RetentionError R361 for an unknown hold, listing those that there are."""
    row = connection.execute(select(hold).where(hold.c.hold_id == hold_id)).first()
    if row is not None:
        return recorded(connection, row)
    recent = sorted(connection.execute(_recent_ids()).scalars())
    raise refuse(
        "R361",
        f"there is no hold {hold_id!r}; there are: {', '.join(recent) or 'none'}",
        where="control store",
        remedy="name one of those; `retention hold list` says more about them",
    )


def _recent_ids() -> Select[Any]:
    return select(hold.c.hold_id).where(hold.c.claim_through.is_(None)).order_by(hold.c.number.desc()).limit(20)


def recorded(connection: Connection, row: Row[Any]) -> HoldRecord:
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
        protects_until=row.protects_until,
        claim=_claim(row),
    )
    return HoldRecord(
        hold=placed,
        epoch=row.epoch,
        release_requested_by=row.release_requested_by or "",
        release_reason=row.release_reason or "",
        released_by=row.released_by or "",
    )


def _claim(row: Row[Any]) -> Claim | None:
    if row.claim_through is None:
        return None
    through = date.fromisoformat(row.claim_through)
    return Claim(owner=row.claim_owner or "", through=through, elements=elements_of(row.claim_elements or ""))


def entry(record: HoldRecord, event: str) -> tuple[str, dict[str, Any]]:
    """Kind and first words of a ledger's entry about a hold, or about a claims assessment."""
    about = record.hold.verb
    return f"{about}_{event}", {about: record.hold.id}


def placed_claims(connection: Connection) -> tuple[PlacedClaim, ...]:
    """The claims assessments that stand."""
    columns = (hold.c.hold_id, hold.c.claim_through, hold.c.claim_elements)
    stands = (hold.c.claim_through.is_not(None), hold.c.state != HoldState.RELEASED.value)
    return tuple(
        PlacedClaim(
            claim_id=row.hold_id,
            through=date.fromisoformat(row.claim_through),
            elements=elements_of(row.claim_elements or ""),
        )
        for row in connection.execute(select(*columns).where(*stands).order_by(hold.c.number))
    )
