"""Floors, purposes and ceilings of a rule file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from retention.model.alignment import Alignment
from retention.model.choice import PeriodColumn, Tiers
from retention.model.clause import Clause, Role
from retention.model.condition import Condition
from retention.model.period import Period
from retention.model.rule import Relationship
from retention.model.schema import Table
from retention.model.starting_point import ColumnEvent, SeveralEvents, StartingPoint, UnknownStart
from retention.model.terms import Counting, Terms
from retention.planning.counting import never_falls
from retention.policy.conditions import condition
from retention.policy.documents.clause import CeilingDocument, ClauseDocument, FloorDocument, PurposeDocument
from retention.policy.documents.condition import ConditionDocument
from retention.policy.documents.element import ElementDocument
from retention.policy.documents.rule import RuleDocument
from retention.policy.documents.terms import terms_of
from retention.policy.needs import countable_elsewhere, needs
from retention.policy.period_choice import period_choice
from retention.policy.reading import Reading
from retention.policy.starts import Starts
from retention.policy.statute_clauses import StatuteClauses
from retention.policy.statutes import without_old_text

PLURAL = {Role.FLOOR: "floors", Role.PURPOSE: "purposes", Role.CEILING: "ceilings"}


def clauses(
    holder: RuleDocument | ElementDocument,
    document: RuleDocument,
    root: Table,
    relationship: Relationship | None,
    reading: Reading,
    at: tuple[str | int, ...] = (),
) -> tuple[Clause, ...]:
    """Of the rule, or of an element group ``at`` its place. Those that can be read; what is wrong with the others is in
    ``reading``."""
    found: list[Clause] = []
    first: dict[str, str] = {}
    for role, key in PLURAL.items():
        entries: list[ClauseDocument] = list(getattr(holder, key))
        for position, entry in enumerate(entries):
            if entry.id in first:
                what = f"the clause id {entry.id!r} is used twice (also in {first[entry.id]})"
                reading.find("R124", (*at, key, position, "id"), what, "give each clause of a rule a name of its own")
            first[entry.id] = key
            starts = Starts(entry=entry, document=document, root=root, reading=reading, path=(*at, key, position))
            found.extend(_clauses(starts, role, relationship))
    return tuple(found)


def _clauses(starts: Starts, role: Role, relationship: Relationship | None) -> Iterator[Clause]:
    entry, reading, path = starts.entry, starts.reading, starts.path
    plain = _plain(entry, role, starts.root, reading, path)
    if entry.statute is not None or entry.statutes is not None:
        more = StatuteClauses(entry=entry, plain=plain, root=starts.root, starts=starts, reading=reading, path=path)
        yield from (clause for clause in more.all() if _countable(clause, reading, path))
        return
    if entry.by_length is not None and relationship is None and starts.document.relationship is not None:
        return  # what is wrong with the relationship is said there
    varies = period_choice(entry, relationship, reading, path)
    event, terms = starts.own(), terms_of(entry.period or _first(varies), entry)
    if event is None or (varies is None and entry.period is None):
        return
    start = StartingPoint(event=event, align=terms.align[0] if terms.align else Alignment())
    clause = replace(plain, start=start, period=terms.periods[0], counting=Counting.of(terms), varies=varies)
    if _countable(clause, reading, path):
        yield clause


def _first(varies: PeriodColumn | Tiers | None) -> tuple[Period, ...]:
    return (varies.tiers[0].period if isinstance(varies, Tiers) else Period(),)


def _plain(entry: ClauseDocument, role: Role, root: Table, reading: Reading, path: tuple[str | int, ...]) -> Clause:
    """The clause without its event and terms."""

    def read(document: ConditionDocument | None, key: str) -> Condition | None:
        return None if document is None else condition(document, root, reading, (*path, key))

    return Clause(
        id=entry.id,
        role=role,
        start=StartingPoint(event=UnknownStart()),
        period=Period(),
        basis=entry.basis or "",
        when=read(entry.when, "when"),
        live_while=read(entry.live_while if isinstance(entry, PurposeDocument) else None, "live_while"),
        open_while=read(entry.open_while if isinstance(entry, FloorDocument) else None, "open_while"),
        counsel=(entry.counsel or "") if isinstance(entry, CeilingDocument) else "",
        needs=needs(entry, root, reading, path) if isinstance(entry, FloorDocument) else (),
    )


def _countable(clause: Clause, reading: Reading, path: tuple[str | int, ...]) -> bool:
    """Whether the terms can be counted from the event, and may be in this role."""
    event = clause.start.event
    own = [one.terms for one in event.operands if one.terms] if isinstance(event, SeveralEvents) else []
    every = (*(clause.known_terms or (clause.terms,)), *own)
    if clause.role is Role.CEILING and any(map(_to_business_days, every)):
        what = f"the ceiling {clause.id} would move on to a business day, and keep longer than the law permits"
        reading.find("R143", (*path, "business_days"), what, "take business_days out: only floors and purposes move on")
        return False
    if clause.role is not Role.CEILING and any(map(without_old_text, every)):
        what = (
            f"the new text of {clause.id} says nothing of the old one, by which earlier records would be kept for ever"
        )
        reading.find(
            "R143", (*path, "transition"), what, "add before: {period: ..}, or PT0S where there was no such law"
        )
        return False
    if clause.needs and not countable_elsewhere(clause):
        what = f"what {clause.id} needs is kept by another rule, which cannot tell the relationship of this one"
        reading.find(
            "R169", (*path, "needs"), what, "let a floor with `needs` start at columns, with periods of its own"
        )
        return False
    if not isinstance(event, ColumnEvent) and not all(map(never_falls, every)):
        what = f"the new text of {clause.id} keeps later events shorter, and which of several events counts hangs on it"
        remedy = "start at one column, or write a clause for each text, with `when`"
        reading.find("R143", (*path, "transition"), what, remedy)
        return False
    return True


def _to_business_days(terms: Terms) -> bool:
    older = terms.transition
    return bool(terms.business_days) or (
        older is not None and older.before is not None and _to_business_days(older.before)
    )
