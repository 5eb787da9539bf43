"""F, P and C of one group: the latest end of its floors, that of its live purposes, the earliest of its ceilings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from retention.model.clause import Clause, Role
from retention.model.condition import holds
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.verdict import ClauseFinding
from retention.planning.facts import RowFacts
from retention.planning.leaves import Moment
from retention.planning.next_change import day_comes, first_instant
from retention.planning.standings import ClauseStanding, Standing, standings


class Told(StrEnum):
    """How much is known of an end. Stable names."""

    NONE = "none"  # no such clause applies to the group
    DAY = "day"
    OPEN = "open"  # it runs from something that has not come yet, or for ever
    UNKNOWN = "unknown"  # a start cannot be read, or nobody can tell whether the clause applies


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """``kept_through``: its last day. ``at``: the first instant after it, in the rule's zone; for a ceiling with its
    lead taken off, from when it may be served; None: at the event itself, or in no year. ``clause``: whose it is."""

    told: Told
    kept_through: date | None = None
    at: datetime | None = None
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """F, P and C of the decision table."""

    floors: End
    purposes: End
    ceilings: End


def ends(rule: Rule, facts: RowFacts, clauses: Sequence[ClauseStanding], lead: Period) -> Ends:
    """``clauses``: the standings of the group at any instant. A purpose that is not live has ended, and counts not."""
    written = {clause.id: clause for clause in rule.clauses}
    counting = [
        one
        for one in clauses
        if one.finding.applies is not False
        and not one.yields_to
        and is_live(written.get(one.finding.clause), facts) is not False
    ]

    def of(role: Role) -> list[ClauseFinding]:
        return [one.finding for one in counting if one.role is role]

    ceilings = _earliest(of(Role.CEILING), rule.zone)
    return Ends(
        floors=_latest(of(Role.FLOOR), rule.zone),
        purposes=_latest(of(Role.PURPOSE), rule.zone),
        ceilings=replace(ceilings, at=_served(rule, facts, ceilings, lead)),
    )


def is_live(clause: Clause | None, facts: RowFacts) -> bool | None:
    """Whether a purpose is live; None: nobody can tell. What is no purpose always is."""
    return True if clause is None or clause.live_while is None else holds(clause.live_while, facts.row, facts.looked_up)


def _latest(clauses: Sequence[ClauseFinding], zone: str) -> End:
    if not clauses:
        return End(told=Told.NONE)
    if endless := next((one for one in clauses if one.applies and one.ended is False and not one.kept_through), None):
        return End(told=Told.OPEN, clause=endless.clause)
    if unknown := next((one for one in clauses if one.applies is None or not one.kept_through), None):
        return End(told=Told.UNKNOWN, clause=unknown.clause)
    last, clause = max((one.kept_through, one.clause) for one in clauses if one.kept_through)
    return _on(last, clause, zone)


def _earliest(clauses: Sequence[ClauseFinding], zone: str) -> End:
    if not clauses:
        return End(told=Told.NONE)
    certain = [one for one in clauses if one.applies and one.kept_through]
    reached = [one for one in certain if one.ended]
    unknown = next((one for one in clauses if one.applies is None or one.ended is None), None)
    if unknown is not None and not reached:
        return End(told=Told.UNKNOWN, clause=unknown.clause)
    if not certain:
        return End(told=Told.OPEN, clause=clauses[0].clause)
    last, clause = min((one.kept_through, one.clause) for one in reached or certain if one.kept_through)
    return _on(last, clause, zone)


def _served(rule: Rule, facts: RowFacts, end: End, lead: Period) -> datetime | None:
    """The first instant at which the ceiling has come, or is near."""
    if end.kept_through is None or end.at is None:
        return None

    def near(instant: datetime) -> bool:
        found = standings(rule, facts, Moment(instant=instant, zone=rule.zone), lead)
        one = next(one for one in found if one.finding.clause == end.clause)
        return bool(one.finding.ended) or (one.finding.ended is False and one.best >= Standing.NEAR)

    since = end.at - timedelta(days=lead.shortest_days + 2)
    return first_instant(since, end.at + timedelta(seconds=1), near)


def _on(last: date, clause: str, zone: str) -> End:
    after = last.toordinal() + 1
    at = day_comes(date.fromordinal(after), zone) if 1 <= after <= date.max.toordinal() else None
    return End(told=Told.DAY, kept_through=last, at=at, clause=clause)
