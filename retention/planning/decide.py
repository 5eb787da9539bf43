"""The decision on one group, as a pure function: the specification that the SQL must follow row by row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from retention.model.clause import Role
from retention.model.condition import holds
from retention.model.hold import HoldClass
from retention.model.period import Period
from retention.model.rule import Action, Rule
from retention.model.terms import Terms
from retention.model.verdict import Decision, Reason, Verdict, conflict_of
from retention.planning.counting import kept_through
from retention.planning.facts import RowFacts
from retention.planning.leaves import Moment
from retention.planning.standings import ClauseStanding, Standing, relationship_is_active, standings

__all__ = ["RowFacts", "decide"]

Outcome = tuple[Verdict, Reason]


def decide(rule: Rule, facts: RowFacts, as_of: datetime, lead: Period) -> Decision:
    """The verdict for one group, with what every clause said. ``lead`` is the deployment's, before a ceiling.

    The first line that applies decides: 1 held; the rule does not cover the row; it was pseudonymized already;
    8 and 5 due; 0 undetermined; 3 retained by law, or a conflict where a ceiling is reached as well; 6 active;
    7 retained; 9 undetermined. *Due* is evaluated twice, with each unknown as what keeps the row most and as what
    keeps it least: due in both is certain and comes first, due in the second alone is line 0. Not due in either
    leaves no doubt to lines 3, 6 and 7.

    Where line 0 applies, the reason is the first that is true of SUBJECT_UNKNOWN, HOLD_UNKNOWN, UNCLASSIFIED,
    FACTS_STALE, NO_RELATIONSHIP, JURISDICTION, START_UNKNOWN, UNSIGNED, NOTHING_APPLIES (the rest: whether a clause
    applies or is live is unknown). Line 9 always says NOTHING_APPLIES: no answer to the other questions would change
    it.

    Claims assessments are further floors, until their last day; a row that no other floor keeps says CLAIM.

    Holds cover a group by classes, and they stack: one that certainly does is line 1, one that may is an unknown of
    line 0. What is anchored is referred to by a row that stays, so that it is not deleted; its key no rule may replace.

    Raises ValueError for an as-of without a zone, and KeyError for a column that the row lacks.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must carry a zone")
    moment = Moment(instant=as_of, zone=rule.zone)
    case = _Case(rule=rule, facts=facts, moment=moment, clauses=standings(rule, facts, moment, lead))
    verdict, reason = _outcome(case)
    if verdict is Verdict.RETAINED_BY_LAW and case.conflict:
        verdict = Verdict.CONFLICT
    return Decision(
        verdict=verdict,
        reason=reason,
        findings=tuple(clause.finding for clause in case.clauses),
        by_counsel=verdict is Verdict.DUE and _by_counsel(case),
        conflict=case.conflict if verdict is Verdict.CONFLICT else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    rule: Rule
    facts: RowFacts
    moment: Moment
    clauses: tuple[ClauseStanding, ...]

    @property
    def pseudonymizes(self) -> bool:
        return self.rule.disposition.action is Action.PSEUDONYMIZE

    @property
    def unclassified(self) -> bool:
        return self.facts.unclassified and self.pseudonymizes

    @property
    def unprotected(self) -> bool:
        """Nothing but the clauses could protect the row."""
        return self.facts.held is False and not self.unclassified

    @property
    def stale(self) -> bool:
        """A clause waits for facts that are stale."""
        return bool(self.facts.stale) and any(one.start_unknown and one.from_relationship for one in self.clauses)

    @property
    def perhaps_claimed(self) -> bool:
        """A claims assessment may keep it."""
        return any(clause.is_claim and clause.worst is Standing.KEEPS for clause in self.clauses)

    @property
    def conflict(self) -> str:
        """The first floor that keeps the row and the first ceiling that is reached for certain, and no choice between
        the two; empty: there are none."""
        for floor in self.clauses:
            for ceiling in self.clauses:
                law = floor.role is Role.FLOOR and not floor.is_claim
                both = law and floor.keeps and ceiling.role is Role.CEILING
                names = floor.finding.clause, ceiling.finding.clause
                if both and ceiling.worst is Standing.ENDED and self.rule.settled_for(*names) is None:
                    return conflict_of(*names)
        return ""

    def keeps(self, *roles: Role) -> bool:
        return any(clause.keeps for clause in self.clauses if clause.role in roles)

    def at(self, of: Callable[[ClauseStanding], Standing], *roles: Role) -> set[Standing]:
        return {of(clause) for clause in self.clauses if clause.role in roles}


def _worst(clause: ClauseStanding) -> Standing:
    return clause.worst


def _best(clause: ClauseStanding) -> Standing:
    return clause.best


def _outcome(case: _Case) -> Outcome:
    if case.facts.held:
        return Verdict.HELD, Reason.NONE
    # Line 2, restricted at the subject's request, has its place here.
    covered = True if case.rule.condition is None else holds(case.rule.condition, case.facts.row, case.facts.looked_up)
    if not covered:
        return Verdict.UNDETERMINED, Reason.NOT_COVERED if covered is False else Reason.CONDITION_UNKNOWN
    if case.pseudonymizes and case.facts.marked_on is not None:
        return _after_pseudonymization(case)
    return _by_lines(case, _due_reason(case), deleted=not case.pseudonymizes)


def _by_lines(case: _Case, reason: Reason, *, deleted: bool) -> Outcome:
    """Lines 8 and 5, 0, and the rest."""
    if case.unprotected and _due(case, _worst):
        return _disposed_of(case, reason, deleted=deleted)
    if _due(case, _best):
        return _undetermined(case)
    return _kept(case)


def _due(case: _Case, of: Callable[[ClauseStanding], Standing]) -> bool:
    """Lines 3, 5, 7 and 8, every unknown taken as ``of`` says."""
    periods = case.at(of, Role.FLOOR, Role.PURPOSE)
    if Standing.KEEPS in case.at(of, Role.FLOOR):
        return False
    # Line 4, an accepted erasure, has its place here.
    all_ended = Standing.KEEPS not in periods
    return _reached(case, of) or (all_ended and Standing.ENDED in periods)


def _reached(case: _Case, of: Callable[[ClauseStanding], Standing]) -> bool:
    """Line 5."""
    return _reaches(case, case.at(of, Role.CEILING), of)


def _by_counsel(case: _Case) -> bool:
    """Line 5 again, of the ceilings alone that counsel marked."""
    marked = {clause.id for clause in case.rule.clauses if clause.counsel}
    return _reaches(case, {clause.worst for clause in case.clauses if clause.finding.clause in marked}, _worst)


def _reaches(case: _Case, ceilings: set[Standing], of: Callable[[ClauseStanding], Standing]) -> bool:
    """The lead counts only where every floor and purpose has ended."""
    near = Standing.NEAR in ceilings and Standing.KEEPS not in case.at(of, Role.FLOOR, Role.PURPOSE)
    return Standing.ENDED in ceilings or near


def _due_reason(case: _Case) -> Reason:
    return Reason.CEILING_REACHED if _reached(case, _worst) else Reason.PERIODS_ENDED


def _kept(case: _Case) -> Outcome:
    if case.keeps(Role.FLOOR):
        by_claims = all(clause.is_claim for clause in case.clauses if clause.role is Role.FLOOR and clause.keeps)
        return Verdict.RETAINED_BY_LAW, Reason.CLAIM if by_claims else Reason.NONE
    live_from_end = any(c.keeps and c.from_relationship for c in case.clauses if c.role is Role.PURPOSE)
    if live_from_end and relationship_is_active(case.rule, case.facts, case.moment):
        return Verdict.ACTIVE, Reason.NONE
    until_ceiling = any(clause.finding.applies for clause in case.clauses if clause.role is Role.CEILING)
    if case.keeps(Role.PURPOSE) or until_ceiling:
        return Verdict.RETAINED, Reason.NONE
    return Verdict.UNDETERMINED, Reason.NOTHING_APPLIES


def _after_pseudonymization(case: _Case) -> Outcome:
    """What follows a valid mark: nothing; once its period has passed, a deletion, where the row is due as it would be
    without the mark. A person who came back since started a new purpose."""
    period, marked_on = case.rule.disposition.then_delete_after, case.facts.marked_on
    last = None if period is None or marked_on is None else kept_through(marked_on, Terms.plain(period))
    if last is None or last >= case.moment.today:
        return Verdict.PSEUDONYMIZED, Reason.NONE
    return _by_lines(case, Reason.FOLLOW_UP, deleted=True)


def _disposed_of(case: _Case, reason: Reason, *, deleted: bool) -> Outcome:
    """A row that stays, with other values in it, can be referred to."""
    if deleted and (case.facts.referenced_by or case.facts.anchored):
        return Verdict.REFERENCED, Reason.NONE
    return Verdict.DUE, reason


def _undetermined(case: _Case) -> Outcome:
    reasons = (
        (case.facts.covered.get(HoldClass.SUBJECT, False) is None or case.perhaps_claimed, Reason.SUBJECT_UNKNOWN),
        (case.facts.held is None, Reason.HOLD_UNKNOWN),
        (case.unclassified, Reason.UNCLASSIFIED),
        (case.stale, Reason.FACTS_STALE),
        (any(clause.no_relationship for clause in case.clauses), Reason.NO_RELATIONSHIP),
        (any(clause.no_jurisdiction for clause in case.clauses), Reason.JURISDICTION),
        (any(clause.start_unknown for clause in case.clauses), Reason.START_UNKNOWN),
        (any(clause.unsigned for clause in case.clauses), Reason.UNSIGNED),
        (True, Reason.NOTHING_APPLIES),
    )
    return Verdict.UNDETERMINED, next(reason for applies, reason in reasons if applies)
