"""The holds in force in a dataset as statements are compiled for them: an epoch, and the areas that are held."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from retention.model.errors import refuse
from retention.model.hold import ConditionScope, PlacedArea, PlacedClaim
from retention.sql.holds import areas_here, claims_here, epoch_here
from retention.sql.own_tables import OwnTables


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsHere:
    """``subjects``: whether anybody is held, or claimed against. Whom, the statements look up in the table ``hold``.
    ``in_doubt``: kinds of subject of which nobody can tell who is held, since a link between kinds cannot be followed.
    ``claims``: the holds on subjects that are claims assessments."""

    epoch: int
    subjects: bool = False
    areas: tuple[PlacedArea, ...] = ()
    in_doubt: frozenset[str] = frozenset()
    claims: tuple[PlacedClaim, ...] = ()

    @property
    def any(self) -> bool:
        return self.subjects or bool(self.areas)

    @property
    def conditions(self) -> tuple[tuple[str, ConditionScope], ...]:
        """With the id of the hold."""
        return tuple((one.hold_id, one.area) for one in self.areas if isinstance(one.area, ConditionScope))


NO_HOLDS = HoldsHere(epoch=0)


def holds_here(connection: Connection, own: OwnTables, dataset: str) -> HoldsHere:
    """Inside of the fence, or in a transaction that sees one state. Raises RetentionError R383 for a hold of a kind
    that this release does not know."""
    try:
        areas, claims = areas_here(connection, own, dataset), claims_here(connection, own)
    except (ValueError, KeyError):
        raise refuse(
            "R383",
            "a hold covers something that this release cannot read: nobody could tell what it protects",
            where=f"dataset {dataset}",
            remedy="install the newer retention that placed it",
        ) from None
    subjects = connection.execute(select(exists(select(1).select_from(own.hold)))).scalar_one()
    in_doubt = frozenset(connection.execute(select(own.doubtful_kind.c.kind)).scalars())
    return HoldsHere(
        epoch=epoch_here(connection, own), subjects=bool(subjects), areas=areas, in_doubt=in_doubt, claims=claims
    )
