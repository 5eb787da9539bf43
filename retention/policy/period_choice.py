"""Periods of a clause that differ from row to row: tiers of length, and columns of other rows."""

from __future__ import annotations

from retention.model.choice import PeriodColumn, Tier, Tiers, Unit
from retention.model.join import Lookup
from retention.model.rule import Relationship
from retention.model.starting_point import Stored, TimeColumn
from retention.policy.column_types import Family, family
from retention.policy.documents.clause import ClauseDocument
from retention.policy.documents.period_choice import PeriodFromDocument, TierDocument
from retention.policy.reading import Reading

Path = tuple[str | int, ...]


def period_choice(
    entry: ClauseDocument, relationship: Relationship | None, reading: Reading, path: Path
) -> PeriodColumn | Tiers | None:
    """None where the period does not vary; or, and then a finding, where nobody could tell it."""
    if entry.by_length is not None:
        return _tiers(entry.by_length, relationship, reading, (*path, "by_length"))
    if entry.period_from is not None:
        return _column(entry.period_from, reading, (*path, "period_from"))
    return None


def _tiers(tiers: list[TierDocument], relationship: Relationship | None, reading: Reading, path: Path) -> Tiers | None:
    related = None if relationship is None else relationship.rows
    if related is None or related.start is None:
        what = "the length of a relationship is asked for, and the rule does not say when relationships began"
        remedy = "write `relationship: {table: .., start: began_on, end: ended_on}`, both of the related table"
        reading.find("R148", path, what, remedy)
        return None
    for name, at in (("start", related.start), ("end", related.end)):
        if not _of_days(at, reading.schema.dialect):
            table = related.join.table
            what = f"the length of a relationship is counted in days, and {table}.{at.column} stores {at.stored}"
            remedy = "name columns of type DATE"
            reading.find("R148", ("relationship", name), what, remedy)
            return None
    return Tiers(tiers=tuple(Tier(shorter_than=tier.shorter_than, period=tier.period) for tier in tiers))


def _of_days(at: TimeColumn, dialect: str) -> bool:
    """SQLite reckons with texts as with days."""
    return at.stored is Stored.DATE or (at.stored.of_days and dialect == "sqlite")


def _column(document: PeriodFromDocument, reading: Reading, path: Path) -> PeriodColumn | None:
    found = reading.lookup(document.lookup, (*path, "lookup"))
    if found is None:
        return None
    needed = Family.TEXT if document.unit is Unit.ISO else Family.INTEGER
    if family(found.column.type) is not needed:
        what = f"{found.table.name}.{found.column.name} ({found.column.type}) is no {needed}"
        remedy = (
            "count in days, weeks, months or years" if needed is Family.TEXT else "write unit: iso for texts like P6M"
        )
        reading.find("R148", (*path, "unit"), f"{what}, which unit {document.unit} asks for", remedy)
        return None
    return PeriodColumn(at=Lookup(path=found.path, column=found.column.name), unit=document.unit)
