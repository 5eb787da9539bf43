"""Which rows claims assessments keep. They stand among the holds on subjects, and are no holds to the decision."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import FromClause, select

from retention.sql.holds_here import HoldsHere
from retention.sql.own_tables import OwnTables


def not_claims(own: OwnTables, holds: HoldsHere) -> FromClause:
    """The holds on subjects proper."""
    if not holds.claims:
        return own.hold
    ids = sorted(one.claim_id for one in holds.claims)
    return select(own.hold).where(own.hold.c.hold_id.not_in(ids)).subquery("hold_on_subject")


def of_claims(own: OwnTables, ids: Iterable[str]) -> FromClause:
    """The subjects of these claims assessments."""
    return select(own.hold).where(own.hold.c.hold_id.in_(sorted(ids))).subquery("claim_on_subject")
