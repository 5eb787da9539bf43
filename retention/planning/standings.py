"""Where each floor, purpose and ceiling of a rule stands on one row, at worst and at best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from retention.model.clause import Clause, NeededBy, Role
from retention.model.condition import Condition, holds
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import UnknownStart, runs_from_relationship
from retention.model.terms import Terms
from retention.model.verdict import ClauseFinding
from retention.planning.claims import stops_now
from retention.planning.events import leaf_of, relationship_ends, relationship_is_missing, relationship_leaf
from retention.planning.facts import ClaimOn, RowFacts
from retention.planning.leaves import Leaf, Moment, Span
from retention.planning.stored_time import OPEN, UNKNOWN

WINDOW = "re-enrolment window"


class Standing(IntEnum):
    """From what keeps the row most to what keeps it least. *Due* never turns false when a clause moves up."""

    KEEPS = 0  # a floor or purpose that has not ended; a ceiling that is not reached
    ABSENT = 1  # it does not apply (to a ceiling the same as not reached)
    NEAR = 2  # a ceiling that is reached but for its lead
    ENDED = 3  # a ceiling: reached


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseStanding:
    """One clause on one row. The row's unknowns leave every standing from ``worst`` to ``best`` possible, no other."""

    finding: ClauseFinding
    role: Role
    from_relationship: bool
    worst: Standing
    best: Standing
    start_unknown: bool  # it may apply and may be live, and nobody can tell whether it has ended, or is near
    no_relationship: bool  # the same, because there is no relationship and no other event to count from
    no_jurisdiction: bool = False  # the same, because of the law of a country that the rule does not cover
    unsigned: bool = False  # it would let go, by a statute that counsel has not signed off
    is_claim: bool = False  # a floor that a claims assessment sets: no ceiling is in conflict with it
    yields_to: str = ""  # a floor that would keep the row: the reached ceiling that prevails by counsel's choice

    @property
    def keeps(self) -> bool:
        """A floor or purpose that has certainly not ended."""
        return self.best is Standing.KEEPS


def standings(rule: Rule, facts: RowFacts, moment: Moment, lead: Period) -> tuple[ClauseStanding, ...]:
    """Every clause in the rule's order, then the re-enrolment window as one more purpose, then what rows of other
    rules need and claims assessments, as further floors."""
    found = [_standing(rule, clause, facts, moment, lead) for clause in rule.clauses]
    if rule.relationship is not None and rule.relationship.window is not None:
        span = Span(terms=Terms.plain(rule.relationship.window))
        leaf = relationship_leaf(rule.relationship, facts, moment, span, Role.PURPOSE)
        missing = relationship_is_missing(rule.relationship, facts)
        found.append(_period(_Reading(name=WINDOW, role=Role.PURPOSE, leaf=leaf, related=True, missing=missing)))
    found.extend(_needed(rule, one, facts, moment.instant, lead) for one in rule.needed_by)
    marked = facts.marked_on is not None
    found.extend(
        _claimed(one, moment)
        for one in facts.claims
        if stops_now(one.claim, rule, marked=marked) and (one.certain or _stands(one, moment))
    )
    return _with_choices(rule, found)


def _needed(rule: Rule, needed: NeededBy, facts: RowFacts, instant: datetime, lead: Period) -> ClauseStanding:
    """Another rule's floor on its own rows: it keeps what it needs, and lets nothing go. No row, no need."""
    moment = Moment(instant=instant, zone=needed.zone)
    rows = [_standing(rule, needed.clause, row, moment, lead) for row in facts.needed.get(needed.name, ())]
    keeps = [row for row in rows if row.worst is Standing.KEEPS]
    certain = [row for row in keeps if row.keeps]
    lasts = [row.finding.kept_through for row in certain]
    known = [last for last in lasts if last is not None]
    return ClauseStanding(
        finding=ClauseFinding(
            clause=needed.name,
            applies=bool(rows),
            ended=False if certain else None if keeps else True if rows else None,
            start=None,
            kept_through=max(known) if known and len(known) == len(lasts) else None,
        ),
        role=Role.FLOOR,
        from_relationship=False,
        worst=Standing.KEEPS if keeps else Standing.ABSENT,
        best=Standing.KEEPS if certain else Standing.ABSENT,
        start_unknown=any(row.start_unknown for row in rows),
        no_relationship=False,
        no_jurisdiction=any(row.no_jurisdiction for row in rows),
    )


def _stands(one: ClaimOn, moment: Moment) -> bool:
    """Through its last day."""
    return moment.today <= one.claim.through


def _claimed(one: ClaimOn, moment: Moment) -> ClauseStanding:
    """It keeps while it stands, and lets nothing go."""
    keeps = _stands(one, moment)
    return ClauseStanding(
        finding=ClauseFinding(
            clause=one.claim.name,
            applies=True if one.certain else None,
            ended=not keeps,
            start=None,
            kept_through=one.claim.through,
        ),
        role=Role.FLOOR,
        from_relationship=False,
        worst=Standing.KEEPS if keeps else Standing.ABSENT,
        best=Standing.KEEPS if keeps and one.certain else Standing.ABSENT,
        start_unknown=False,
        no_relationship=False,
        is_claim=True,
    )


def _with_choices(rule: Rule, found: Sequence[ClauseStanding]) -> tuple[ClauseStanding, ...]:
    """A floor yields to a reached ceiling where counsel chose so: it is as if it did not apply."""
    named = {one.finding.clause: one for one in found}
    for choice in rule.settled:
        if choice.prevails is Role.CEILING and {choice.floor, choice.ceiling} <= named.keys():
            floor, ceiling = named[choice.floor], named[choice.ceiling]
            named[choice.floor] = replace(
                floor,
                worst=max(floor.worst, Standing.ABSENT) if ceiling.worst is Standing.ENDED else floor.worst,
                best=max(floor.best, Standing.ABSENT) if ceiling.best is Standing.ENDED else floor.best,
                yields_to=choice.ceiling if floor.keeps and ceiling.worst is Standing.ENDED else floor.yields_to,
            )
    return tuple(named[one.finding.clause] for one in found)


def relationship_is_active(rule: Rule, facts: RowFacts, moment: Moment) -> bool:
    """Whether some relationship has no end yet: NULL, a declared sentinel, or a time in the future."""
    if rule.relationship is None:
        return False
    for event in relationship_ends(rule.relationship, facts):
        if event is OPEN or (event is not UNKNOWN and not moment.happened(event)):
            return True
    return False


def _standing(rule: Rule, clause: Clause, facts: RowFacts, moment: Moment, lead: Period) -> ClauseStanding:
    leaf = _kept_open(leaf_of(clause, rule, facts, moment), clause, facts)
    related = runs_from_relationship(clause.start.event)
    reading = _Reading(
        name=clause.id,
        role=clause.role,
        leaf=leaf,
        applies=_holds(clause.when, facts),
        live=_holds(clause.live_while, facts),
        related=related,
        missing=related and relationship_is_missing(rule.relationship, facts),
        jurisdiction=isinstance(clause.start.event, UnknownStart),
        unsigned=clause.unsigned,
    )
    if clause.role is not Role.CEILING:
        return _period(reading)
    return _ceiling(reading, near=leaf_of(clause, rule, facts, moment, lead).ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What the row says of one clause."""

    name: str
    role: Role
    leaf: Leaf
    applies: bool | None = True
    live: bool | None = True
    related: bool
    missing: bool
    jurisdiction: bool = False
    unsigned: bool = False

    def standing(self, possible: set[Standing], ended: bool | None, *, unknown: bool) -> ClauseStanding:
        """By an unsigned statute nobody can tell whether it lets go: it does, or it might as well not be there."""
        lets_go = self.unsigned and bool(possible & {Standing.ENDED, Standing.NEAR})
        possible = possible | {Standing.ABSENT} if lets_go else possible
        return ClauseStanding(
            finding=_finding(self.name, self.applies, ended, self.leaf),
            role=self.role,
            from_relationship=self.related,
            worst=min(possible),
            best=max(possible),
            start_unknown=unknown,
            no_relationship=unknown and self.missing,
            no_jurisdiction=unknown and self.jurisdiction,
            unsigned=lets_go,
        )


def _kept_open(leaf: Leaf, clause: Clause, facts: RowFacts) -> Leaf:
    """A floor stays open while its condition holds; it has no last day then."""
    if clause.open_while is None or (is_open := _holds(clause.open_while, facts)) is False:
        return leaf
    ended = False if is_open or leaf.ended is False else None
    return Leaf(ended=ended, start=leaf.start)


def _period(reading: _Reading) -> ClauseStanding:
    applies, live, leaf = reading.applies, reading.live, reading.leaf
    ended = _either(leaf.ended, None if live is None else not live)
    unknown = applies is not False and live is not False and leaf.ended is None
    return reading.standing(_possible(applies, ended, when_ended=Standing.ENDED), ended, unknown=unknown)


def _ceiling(reading: _Reading, *, near: bool | None) -> ClauseStanding:
    applies, ended = reading.applies, reading.leaf.ended
    possible = _possible(applies, ended, when_ended=Standing.ENDED)
    if ended is False:
        possible = _possible(applies, near, when_ended=Standing.NEAR)
    elif ended is None and near and Standing.KEEPS in possible:  # whichever of its periods it has, it is near at least
        possible = possible - {Standing.KEEPS} | {Standing.NEAR}
    unknown = applies is not False and (ended is None or (ended is False and near is None))
    return reading.standing(possible, ended, unknown=unknown)


def _possible(applies: bool | None, ended: bool | None, *, when_ended: Standing) -> set[Standing]:
    possible = set()
    if applies is not True:
        possible.add(Standing.ABSENT)
    if applies is not False and ended is not True:
        possible.add(Standing.KEEPS)
    if applies is not False and ended is not False:
        possible.add(when_ended)
    return possible


def _finding(name: str, applies: bool | None, ended: bool | None, leaf: Leaf) -> ClauseFinding:
    return ClauseFinding(clause=name, applies=applies, ended=ended, start=leaf.start, kept_through=leaf.kept_through)


def _holds(condition: Condition | None, facts: RowFacts) -> bool | None:
    return True if condition is None else holds(condition, facts.row, facts.looked_up)


def _either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False
