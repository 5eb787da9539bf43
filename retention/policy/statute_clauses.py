"""Clauses that the catalogue of statutes writes: one for each statute that a rule refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from retention.model.alignment import Alignment, AlignTo
from retention.model.clause import Clause, Role
from retention.model.condition import All, Compare, Condition, Operator
from retention.model.condition import Any as AnyOf
from retention.model.jurisdiction import laws_over
from retention.model.schema import Table
from retention.model.starting_point import (
    ColumnEvent,
    Event,
    Operand,
    SeveralEvents,
    StartingPoint,
    UnknownStart,
    WhenNull,
)
from retention.model.statute import Statute, StatuteKind
from retention.model.terms import Counting, Reach, Terms, Transition
from retention.policy.conditions import texts_of
from retention.policy.documents.clause import ClauseDocument
from retention.policy.documents.statute_use import StatutesUseDocument, year_end_of
from retention.policy.naming import choose_from
from retention.policy.reading import Reading
from retention.policy.starts import Starts

_KINDS = {
    Role.FLOOR: StatuteKind.MINIMUM,
    Role.PURPOSE: StatuteKind.LIMITATION,
    Role.CEILING: StatuteKind.MAXIMUM,
}
_LISTS = {
    StatuteKind.MINIMUM: "floors",
    StatuteKind.LIMITATION: "purposes",
    StatuteKind.MAXIMUM: "ceilings",
}
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, kw_only=True)
class StatuteClauses:
    """What one entry of a rule file refers to. ``plain``: the clause without event and terms."""

    entry: ClauseDocument
    plain: Clause
    root: Table
    starts: Starts
    reading: Reading
    path: tuple[str | int, ...]

    def all(self) -> Iterator[Clause]:
        if self.entry.statute is not None:
            statute = self._named(self.entry.statute)
            self._known_events([] if statute is None else [statute])
            clause = None if statute is None else self._clause(statute, self.plain.id, self.plain.when, None)
            if clause is not None:
                yield clause
        if self.entry.statutes is not None:
            yield from self._of_category(self.entry.statutes)

    # -- by id ---------------------------------------------------------------------------------------------------

    def _named(self, name: str) -> Statute | None:
        statute = self.reading.statutes.get(name)
        if statute is None:
            remedy = choose_from(name, self.reading.statutes, what="statutes of the catalogue")
            self._find("R160", "statute", f"the statute {name!r} is not in the catalogue", remedy)
            return None
        kind = _KINDS[self.plain.role]
        if statute.kind is not kind:
            belongs = _LISTS.get(statute.kind)
            remedy = (
                f"move it to {belongs}" if belongs else "it is a task for somebody: no clause of a rule can keep it"
            )
            self._find("R161", "statute", f"{name} is a {statute.kind}, and stands where a {kind} belongs", remedy)
            return None
        if statute.effective_to is not None:
            newer = [one.id for one in self.reading.statutes.values() if name in one.supersedes]
            remedy = f"refer to {' or '.join(newer)}, which knows the old text" if newer else "take it out"
            self._find("R161", "statute", f"{name} has been no law since {statute.effective_to}", remedy)
            return None
        return statute

    def _known_events(self, statutes: list[Statute]) -> None:
        """`starts` names events of the statutes, and no others."""
        names = sorted({event.name for statute in statutes for event in statute.events})
        for name in self.entry.starts if statutes else ():
            if name not in names:
                remedy = choose_from(name, names, what="events of what the clause refers to")
                self._find("R165", "starts", f"no statute here runs from {name!r}", remedy, name)

    # -- by category ---------------------------------------------------------------------------------------------

    def _of_category(self, use: StatutesUseDocument) -> Iterator[Clause]:
        chosen = self._chosen(use)
        self._known_events(chosen)
        where = self._where(use)
        if where is None:
            return
        for statute in chosen:
            codes = [code for code in use.covers if statute.jurisdiction in laws_over(code)]
            applies = replace(where, operator=Operator.IN, values=_stored(use, codes))
            name = f"{self.plain.id}:{statute.id}"
            clause = self._clause(statute, name, _both(applies, self.plain.when), codes)
            if clause is not None:
                yield clause
        known = _stored(use, [*use.covers, *use.nothing_in])
        uncovered = AnyOf(
            parts=(
                replace(where, operator=Operator.IS_NULL, values=()),
                replace(where, operator=Operator.NOT_IN, values=known),
            )
        )
        yield replace(
            self.plain,
            id=f"{self.plain.id}:{ELSEWHERE}",
            start=StartingPoint(event=UnknownStart()),
            when=_both(uncovered, self.plain.when),
            basis=f"{use.category}: a jurisdiction that the rule does not cover, or none",
        )

    def _chosen(self, use: StatutesUseDocument) -> list[Statute]:
        catalogue = self.reading.statutes.values()
        if not any(use.category in statute.categories for statute in catalogue):
            known = {category for statute in catalogue for category in statute.categories}
            remedy = choose_from(use.category, known, what="categories")
            self._find("R160", "statutes", f"the category {use.category!r} is not in the catalogue", remedy, "category")
            return []
        kind = _KINDS[self.plain.role]
        binding = [
            statute
            for statute in catalogue
            if statute.kind is kind
            and use.category in statute.categories
            and statute.effective_to is None
            and any(statute.jurisdiction in laws_over(code) for code in use.covers)
        ]
        for name in use.except_:
            if name not in {statute.id for statute in binding}:
                remedy = choose_from(name, [statute.id for statute in binding], what="statutes that would bind")
                self._find("R160", "statutes", f"{name!r} would not bind here anyway", remedy, "except")
        left = [statute for statute in binding if statute.id not in use.except_]
        for code in use.covers:
            if not any(statute.jurisdiction in laws_over(code) for statute in left):
                what = f"no {kind} of the category {use.category} binds in {code}"
                remedy = f"move it to nothing_in, and say how that is known: nothing_in: {{{code}: ..}}"
                self._find("R162", "statutes", what, remedy, "covers")
        return left

    def _where(self, use: StatutesUseDocument) -> Compare | None:
        """The column or lookup of the jurisdiction, to be compared."""
        where = use.jurisdiction
        return texts_of(
            self.root, self.reading, (*self.path, "statutes", "jurisdiction"), column=where.column, lookup=where.lookup
        )

    # -- one statute ---------------------------------------------------------------------------------------------

    def _clause(self, statute: Statute, name: str, when: Condition | None, codes: list[str] | None) -> Clause | None:
        if statute.needs_decision:
            remedy = (
                "decide it, and write a clause of your own with period and basis"
                if codes is None
                else f"decide it, write a clause of your own, and say so: except: {{{statute.id}: ..}}"
            )
            self._find("R163", self._key(codes), f"{statute.id} needs a decision: {statute.needs_decision}", remedy)
            return None
        filled = self._with_its_year(statute, codes)
        event = None if filled is None else self._event(filled)
        if filled is None or event is None:
            return None
        terms = _in_force(filled, filled.terms or next(one.terms for one in filled.events if one.terms))
        return replace(
            self.plain,
            id=name,
            start=StartingPoint(event=event, align=terms.align[0] if terms.align else Alignment()),
            period=terms.periods[0],
            counting=Counting.of(terms),
            basis=f"{statute.citation} ({statute.id})",
            when=when,
            statute=statute.id,
            unsigned=not statute.signed,
        )

    def _with_its_year(self, statute: Statute, codes: list[str] | None) -> Statute | None:
        """With the end of the fiscal year that the rule says."""
        if not statute.needs_fiscal_year:
            return statute
        ends = self.entry.fiscal_year_ends or {}
        days = {year_end_of(ends, code) for code in codes or [statute.jurisdiction]}
        day = next(iter(days)) if len(days) == 1 else None
        if day is None:
            what = f"{statute.id} counts from the end of the fiscal year, and the rule does not say when that ends"
            if len(days) > 1:
                what = (
                    f"{statute.id} counts from the end of the fiscal year, which differs among {', '.join(codes or ())}"
                )
            first = (codes or [statute.jurisdiction])[0]
            remedy = f'write fiscal_year_ends: "12-31" for all, or for each: {{{first}: "03-31"}}'
            if len(days) > 1:
                remedy = "write a clause for each group of countries whose years end together"
            self._find("R164", "fiscal_year_ends", what, remedy)
            return None
        return replace(
            statute,
            terms=_filled(statute.terms, day),
            events=tuple(replace(one, terms=_filled(one.terms, day)) for one in statute.events),
        )

    def _event(self, statute: Statute) -> Event | None:
        if statute.which is None:
            (only,) = statute.events
            return self.starts.of_event(only.name)
        missing = [one.name for one in statute.events if not self.starts.tells(one.name)]
        if missing:
            what = f"{statute.id} runs from the {statute.which} of {', '.join(one.name for one in statute.events)}"
            remedy = f"say which columns tell them: starts: {{{missing[0]}: {{column: .., when_null: ..}}}}"
            self._find("R165", "starts", f"{what}, and the rule does not tell {', '.join(missing)}", remedy)
            return None
        operands = []
        for one in statute.events:
            event, when_null = self.starts.of_event(one.name), self.starts.when_null(one.name)
            if event is None:
                return None
            if isinstance(event, ColumnEvent) and when_null is None:
                remedy = (
                    f"write starts: {{{one.name}: {{column: {event.at.column}, when_null: pending}}}}, never or unknown"
                )
                self._find("R165", "starts", f"the rule does not say what it means that {one.name} is NULL", remedy)
                return None
            terms = None if one.terms is None else _in_force(statute, one.terms)
            operands.append(Operand(event=event, when_null=when_null or WhenNull.UNKNOWN, terms=terms))
        return SeveralEvents(which=statute.which, operands=tuple(operands))

    def _key(self, codes: list[str] | None) -> str:
        return "statute" if codes is None else "statutes"

    def _find(self, code: str, key: str, what: str, remedy: str, *more: str) -> None:
        self.reading.find(code, (*self.path, key, *more), what, remedy)


def _stored(use: StatutesUseDocument, codes: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for code in codes for value in use.jurisdiction.values.get(code, [code])))


def _both(one: Condition, other: Condition | None) -> Condition:
    return one if other is None else All(parts=(one, other))


def _in_force(statute: Statute, terms: Terms) -> Terms:
    """A maximum takes nothing away before it is the law."""
    since = statute.effective_from
    if statute.kind is not StatuteKind.MAXIMUM or since is None or terms.transition is not None:
        return terms
    return replace(terms, transition=Transition(effective=since, reach=Reach.RUNNING, before=None))


def _filled(terms: Terms | None, day: tuple[int, int]) -> Terms | None:
    def ends(align: Alignment) -> Alignment:
        open_year = align.to is AlignTo.FISCAL_YEAR and align.fiscal_year_ends is None
        return replace(align, fiscal_year_ends=day) if open_year else align

    if terms is None:
        return None
    older = terms.transition
    return replace(
        terms,
        align=tuple(ends(align) for align in terms.align),
        end=None if terms.end is None else ends(terms.end),
        transition=None if older is None else replace(older, before=_filled(older.before, day)),
    )
