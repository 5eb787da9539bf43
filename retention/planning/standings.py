"""Where each floor, purpose and ceiling of a rule stands on one row, at worst and at best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from retention.model.condition import Condition, holds
from retention.model.period import Period
from retention.model.rule import Clause, Role, Rule
from retention.model.starting_point import runs_from_relationship
from retention.model.terms import Terms
from retention.model.verdict import ClauseFinding
from retention.planning.counting import lead_days
from retention.planning.events import leaf_of, relationship_ends, relationship_is_missing, relationship_leaf
from retention.planning.facts import RowFacts
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

    @property
    def keeps(self) -> bool:
        """A floor or purpose that has certainly not ended."""
        return self.best is Standing.KEEPS


def standings(rule: Rule, facts: RowFacts, moment: Moment, lead: Period) -> tuple[ClauseStanding, ...]:
    """Every clause in the rule's order, then the re-enrolment window as one more purpose."""
    found = [_standing(rule, clause, facts, moment, lead) for clause in rule.clauses]
    if rule.relationship is not None and rule.relationship.window is not None:
        span = Span(terms=Terms.plain(rule.relationship.window))
        leaf = relationship_leaf(rule.relationship, facts, moment, span, Role.PURPOSE)
        missing = relationship_is_missing(rule.relationship, facts)
        found.append(_period(WINDOW, Role.PURPOSE, leaf, applies=True, live=True, related=True, missing=missing))
    return tuple(found)


def relationship_is_active(rule: Rule, facts: RowFacts, moment: Moment) -> bool:
    """Whether some relationship has no end yet: NULL, a declared sentinel, or a time in the future."""
    if rule.relationship is None:
        return False
    for event in relationship_ends(rule.relationship, facts):
        if event is OPEN or (event is not UNKNOWN and not moment.happened(event)):
            return True
    return False


def _standing(rule: Rule, clause: Clause, facts: RowFacts, moment: Moment, lead: Period) -> ClauseStanding:
    applies, live = _holds(clause.when, facts), _holds(clause.live_while, facts)
    span = Span(terms=clause.terms)
    leaf = leaf_of(clause, rule, facts, moment, span)
    related = runs_from_relationship(clause.start.event)
    missing = related and relationship_is_missing(rule.relationship, facts)
    if clause.role is not Role.CEILING:
        return _period(clause.id, clause.role, leaf, applies=applies, live=live, related=related, missing=missing)
    early = Span(terms=span.terms, lead=lead_days(span.terms, lead))
    near = leaf_of(clause, rule, facts, moment, early).ended
    return _ceiling(clause.id, leaf, near=near, applies=applies, related=related, missing=missing)


def _period(
    name: str, role: Role, leaf: Leaf, *, applies: bool | None, live: bool | None, related: bool, missing: bool
) -> ClauseStanding:
    ended = _either(leaf.ended, None if live is None else not live)
    possible = _possible(applies, ended, when_ended=Standing.ENDED)
    unknown = applies is not False and live is not False and leaf.ended is None
    return ClauseStanding(
        finding=_finding(name, applies, ended, leaf),
        role=role,
        from_relationship=related,
        worst=min(possible),
        best=max(possible),
        start_unknown=unknown,
        no_relationship=unknown and missing,
    )


def _ceiling(
    name: str, leaf: Leaf, *, near: bool | None, applies: bool | None, related: bool, missing: bool
) -> ClauseStanding:
    possible = _possible(applies, leaf.ended, when_ended=Standing.ENDED)
    if leaf.ended is False:
        possible = _possible(applies, near, when_ended=Standing.NEAR)
    unknown = applies is not False and (leaf.ended is None or (leaf.ended is False and near is None))
    return ClauseStanding(
        finding=_finding(name, applies, leaf.ended, leaf),
        role=Role.CEILING,
        from_relationship=related,
        worst=min(possible),
        best=max(possible),
        start_unknown=unknown,
        no_relationship=unknown and missing,
    )


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
    return True if condition is None else holds(condition, facts.row)


def _either(first: bool | None, second: bool | None) -> bool | None:
    if first or second:
        return True
    return None if first is None or second is None else False
