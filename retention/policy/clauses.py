"""Floors, purposes and ceilings of a rule file."""

from __future__ import annotations

from retention.model.rule import Clause, Role
from retention.model.schema import Table
from retention.model.starting_point import Alignment, ColumnEvent, Event, RelationshipEnd, StartingPoint
from retention.policy.conditions import condition
from retention.policy.documents.rule import CeilingDocument, ClauseDocument, PurposeDocument, RuleDocument
from retention.policy.documents.times import RelationshipEndDocument
from retention.policy.reading import Reading
from retention.policy.times import time_column

PLURAL = {Role.FLOOR: "floors", Role.PURPOSE: "purposes", Role.CEILING: "ceilings"}


def clauses(document: RuleDocument, root: Table, reading: Reading) -> tuple[Clause, ...]:
    """Those that can be read; what is wrong with the others is in ``reading``."""
    found: list[Clause] = []
    first: dict[str, str] = {}
    for role, key in PLURAL.items():
        entries: list[ClauseDocument] = list(getattr(document, key))
        for position, entry in enumerate(entries):
            if entry.id in first:
                what = f"the clause id {entry.id!r} is used twice (also in {first[entry.id]})"
                reading.find("R124", (key, position, "id"), what, "give each clause of a rule a name of its own")
            first[entry.id] = key
            clause = _clause(entry, role, document, root, reading, (key, position))
            if clause is not None:
                found.append(clause)
    return tuple(found)


def _clause(
    entry: ClauseDocument,
    role: Role,
    document: RuleDocument,
    root: Table,
    reading: Reading,
    path: tuple[str | int, ...],
) -> Clause | None:
    event = _event(entry, document, root, reading, (*path, "start"))
    live = entry.live_while if isinstance(entry, PurposeDocument) else None
    when = condition(entry.when, root, reading, (*path, "when")) if entry.when else None
    live_while = condition(live, root, reading, (*path, "live_while")) if live else None
    if event is None:
        return None
    return Clause(
        id=entry.id,
        role=role,
        start=StartingPoint(event=event, align=entry.align or Alignment()),
        period=entry.period,
        basis=entry.basis,
        when=when,
        live_while=live_while,
        counsel=(entry.counsel or "") if isinstance(entry, CeilingDocument) else "",
    )


def _event(
    entry: ClauseDocument, document: RuleDocument, root: Table, reading: Reading, path: tuple[str | int, ...]
) -> Event | None:
    if not isinstance(entry.start, RelationshipEndDocument):
        at = time_column(entry.start, root, reading, path)
        return ColumnEvent(at=at) if at else None
    if document.relationship is None:
        what = f"{entry.id} starts at the end of the relationship, and the rule declares none"
        remedy = "add `relationship: {table: .., end: ..}`, or start at a column of " + root.name
        reading.find("R126", path, what, remedy)
        return None
    return RelationshipEnd()
