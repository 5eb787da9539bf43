"""The holds in a dataset: a copy of the control store's, with the epoch at which it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select, update

from retention.model.hold import SubjectKey
from retention.sql.own_tables import OwnTables

CHUNK = 500
Item = TypeVar("Item")


def epoch_here(connection: Connection, own: OwnTables) -> int:
    """The epoch of the holds that are in force in this dataset; 0 before the first."""
    epoch = connection.execute(select(own.fence.c.epoch)).scalar()
    return 0 if epoch is None else int(epoch)


def bring_to(
    connection: Connection,
    own: OwnTables,
    *,
    epoch: int,
    protected: frozenset[tuple[str, SubjectKey]],
    released: frozenset[str],
) -> None:
    """Under the exclusive side of the fence: the holds here become those of this epoch.

    ``protected`` are pairs of hold and subject; ``released`` are ids of holds. Only what was released is taken away:
    a hold that is here and that the control store has never heard of goes on protecting.
    """
    here = _protected_here(connection, own)
    for some in _chunks(sorted({hold_id for hold_id, _ in here} & released)):
        connection.execute(delete(own.hold).where(own.hold.c.hold_id.in_(some)))
    for pairs in _chunks(sorted(protected - here)):
        rows = [{"hold_id": hold_id, "kind": one.kind, "subject_key": one.key} for hold_id, one in pairs]
        connection.execute(insert(own.hold), rows)
    if connection.execute(update(own.fence).values(epoch=epoch)).rowcount == 0:
        connection.execute(insert(own.fence).values(id=1, epoch=epoch))


def _protected_here(connection: Connection, own: OwnTables) -> frozenset[tuple[str, SubjectKey]]:
    rows = connection.execute(select(own.hold.c.hold_id, own.hold.c.kind, own.hold.c.subject_key))
    return frozenset((row.hold_id, SubjectKey(kind=row.kind, key=row.subject_key)) for row in rows)


def _chunks(items: list[Item]) -> Iterable[list[Item]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
