"""Reading a hold as it is recorded, and changing how it stands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from retention.model.errors import refuse
from retention.model.hold import Hold, HoldState, SubjectKey
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
    return select(hold.c.hold_id).order_by(hold.c.number.desc()).limit(20)


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
    )
    return HoldRecord(
        hold=placed,
        epoch=row.epoch,
        release_requested_by=row.release_requested_by or "",
        release_reason=row.release_reason or "",
        released_by=row.released_by or "",
    )
