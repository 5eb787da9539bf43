"""The holds in a dataset: a copy of the control store's, with the epoch at which it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from retention.model.hold import PlacedArea, PlacedClaim, SubjectKey
from retention.sql.claim_rows import elements_of, elements_text
from retention.sql.own_tables import OwnTables
from retention.sql.scope_rows import area_of, area_values

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
    areas: frozenset[PlacedArea] = frozenset(),
    in_doubt: frozenset[str] = frozenset(),
    claims: Iterable[PlacedClaim] = (),
) -> None:
    """Under the exclusive side of the fence: the holds here become those of this epoch.

    ``protected`` are pairs of hold and subject, ``areas`` those of this dataset; ``released`` are ids of holds;
    ``in_doubt`` are kinds of subject of which nobody can tell who is held; ``claims`` says which holds are claims
    assessments: without its terms one would be a hold. Only what was released is taken away: a hold that is here and
    that the control store has never heard of goes on protecting.
    """
    here = _protected_here(connection, own)
    for some in _chunks(sorted({hold_id for hold_id, _ in here} & released)):
        connection.execute(delete(own.hold).where(own.hold.c.hold_id.in_(some)))
    for pairs in _chunks(sorted(protected - here)):
        rows = [{"hold_id": hold_id, "kind": one.kind, "subject_key": one.key} for hold_id, one in pairs]
        connection.execute(insert(own.hold), rows)
    _bring_areas(connection, own, areas, released)
    _bring_claims(connection, own, claims, released)
    connection.execute(delete(own.doubtful_kind))
    if in_doubt:
        connection.execute(insert(own.doubtful_kind), [{"kind": kind} for kind in sorted(in_doubt)])
    if connection.execute(update(own.fence).values(epoch=epoch)).rowcount == 0:
        connection.execute(insert(own.fence).values(id=1, epoch=epoch))


def areas_here(connection: Connection, own: OwnTables, dataset: str) -> tuple[PlacedArea, ...]:
    """The conditions, tables and datasets that are held here, in order of their holds. Raises ValueError for a kind of
    area that this release does not know."""
    rows = connection.execute(select(own.hold_scope).order_by(own.hold_scope.c.hold_id, own.hold_scope.c.position))
    return tuple(
        PlacedArea(hold_id=row.hold_id, area=area_of(dataset, row.kind, row.table_name, row.condition_text))
        for row in rows
    )


def claims_here(connection: Connection, own: OwnTables) -> tuple[PlacedClaim, ...]:
    """The claims assessments of this dataset, in order. Raises ValueError for one that this release cannot read."""
    rows = connection.execute(select(own.claim).order_by(own.claim.c.hold_id))
    return tuple(
        PlacedClaim(claim_id=row.hold_id, through=row.through, elements=elements_of(row.elements)) for row in rows
    )


def _bring_claims(
    connection: Connection, own: OwnTables, claims: Iterable[PlacedClaim], released: frozenset[str]
) -> None:
    here = frozenset(connection.execute(select(own.claim.c.hold_id)).scalars())
    for some in _chunks(sorted(here & released)):
        connection.execute(delete(own.claim).where(own.claim.c.hold_id.in_(some)))
    fresh = [
        {"hold_id": one.claim_id, "through": one.through, "elements": elements_text(one.elements)}
        for one in claims
        if one.claim_id not in here
    ]
    for rows in _chunks(fresh):
        connection.execute(insert(own.claim), rows)


def _bring_areas(
    connection: Connection, own: OwnTables, areas: frozenset[PlacedArea], released: frozenset[str]
) -> None:
    scope = own.hold_scope
    connection.execute(delete(scope).where(scope.c.hold_id.in_(sorted(_with_areas(connection, own) & released))))
    here = {(row.hold_id, row.kind, row.table_name, row.condition_text) for row in connection.execute(select(scope))}
    for placed in sorted(areas, key=lambda one: one.hold_id):
        values = area_values(placed.area)
        if (placed.hold_id, *values.values()) not in here:
            last = select(func.coalesce(func.max(scope.c.position), 0)).where(scope.c.hold_id == placed.hold_id)
            position = connection.execute(last).scalar_one() + 1
            connection.execute(insert(scope).values(hold_id=placed.hold_id, position=position, **values))


def _with_areas(connection: Connection, own: OwnTables) -> frozenset[str]:
    return frozenset(connection.execute(select(own.hold_scope.c.hold_id).distinct()).scalars())


def _protected_here(connection: Connection, own: OwnTables) -> frozenset[tuple[str, SubjectKey]]:
    rows = connection.execute(select(own.hold.c.hold_id, own.hold.c.kind, own.hold.c.subject_key))
    return frozenset((row.hold_id, SubjectKey(kind=row.kind, key=row.subject_key)) for row in rows)


def _chunks(items: list[Item]) -> Iterable[list[Item]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
