"""Floors, purposes and ceilings of a rule file."""

from __future__ import annotations

from retention.model.alignment import Alignment
from retention.model.rule import Clause, Role
from retention.model.schema import Table
from retention.model.starting_point import (
    ColumnEvent,
    Event,
    Operand,
    RelationshipEnd,
    SeveralEvents,
    SingleEvent,
    StartingPoint,
    WhenNull,
    Which,
)
from retention.model.terms import Counting, Terms
from retention.planning.counting import never_falls
from retention.policy.conditions import condition
from retention.policy.documents.rule import (
    CeilingDocument,
    ClauseDocument,
    FloorDocument,
    PurposeDocument,
    RuleDocument,
)
from retention.policy.documents.starts import OperandDocument, StartDocument
from retention.policy.documents.terms import terms_of
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
    terms = terms_of(entry.period, entry)
    kept_open = entry.open_while if isinstance(entry, FloorDocument) else None
    open_while = condition(kept_open, root, reading, (*path, "open_while")) if kept_open else None
    if event is None or not _countable(entry, role, event, terms, reading, path):
        return None
    return Clause(
        id=entry.id,
        role=role,
        start=StartingPoint(event=event, align=terms.align[0] if terms.align else Alignment()),
        period=terms.periods[0],
        counting=Counting.of(terms),
        basis=entry.basis,
        when=when,
        live_while=live_while,
        open_while=open_while,
        counsel=(entry.counsel or "") if isinstance(entry, CeilingDocument) else "",
    )


def _countable(
    entry: ClauseDocument, role: Role, event: Event, terms: Terms, reading: Reading, path: tuple[str | int, ...]
) -> bool:
    """Whether the terms can be counted from the event, and may be in this role."""
    own = [one.terms for one in event.operands if one.terms] if isinstance(event, SeveralEvents) else []
    if role is Role.CEILING and any(map(_to_business_days, (terms, *own))):
        what = f"the ceiling {entry.id} would move on to a business day, and keep longer than the law permits"
        reading.find("R143", (*path, "business_days"), what, "take business_days out: only floors and purposes move on")
        return False
    if not isinstance(event, ColumnEvent) and not all(map(never_falls, (terms, *own))):
        what = f"the new text of {entry.id} keeps later events shorter, and which of several events counts hangs on it"
        remedy = "start at one column, or write a clause for each text, with `when`"
        reading.find("R143", (*path, "transition"), what, remedy)
        return False
    return True


def _to_business_days(terms: Terms) -> bool:
    older = terms.transition
    return bool(terms.business_days) or (
        older is not None and older.before is not None and _to_business_days(older.before)
    )


def _event(
    entry: ClauseDocument, document: RuleDocument, root: Table, reading: Reading, path: tuple[str | int, ...]
) -> Event | None:
    several = entry.start.latest_of or entry.start.earliest_of
    if several is None:
        return _single(entry.start, entry, document, root, reading, path)
    which = Which.LATEST if entry.start.latest_of else Which.EARLIEST
    operands = []
    for position, one in enumerate(several):
        event = _single(one, entry, document, root, reading, (*path, f"{which}_of", position))
        if event is not None:
            operands.append(Operand(event=event, when_null=one.when_null or WhenNull.UNKNOWN, terms=one.terms))
    return SeveralEvents(which=which, operands=tuple(operands)) if len(operands) == len(several) else None


def _single(
    start: StartDocument | OperandDocument,
    entry: ClauseDocument,
    document: RuleDocument,
    root: Table,
    reading: Reading,
    path: tuple[str | int, ...],
) -> SingleEvent | None:
    if start.time is not None:
        at = time_column(start.time, root, reading, path)
        return ColumnEvent(at=at) if at else None
    if document.relationship is None:
        what = f"{entry.id} starts at the end of the relationship, and the rule declares none"
        remedy = "add `relationship: {table: .., end: ..}`, or start at a column of " + root.name
        reading.find("R126", path, what, remedy)
        return None
    return RelationshipEnd()
