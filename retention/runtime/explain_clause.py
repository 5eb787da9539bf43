"""What one clause says of one record, with how it comes about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from retention.model.alignment import AlignTo
from retention.model.clause import Clause, NeededBy, Role
from retention.model.clause_words import length_in_words
from retention.model.condition import holds
from retention.model.hold import Hold
from retention.model.rule import Rule
from retention.model.terms import Terms
from retention.model.verdict import ClauseFinding
from retention.planning.choices import possible_terms
from retention.planning.ends import is_live
from retention.planning.facts import RowFacts
from retention.planning.next_change import day_comes
from retention.planning.standings import WINDOW, ClauseStanding
from retention.runtime.explain_words import counted_in_words, in_words, starts_in_words
from retention.runtime.explanation import ClauseExplained, Doubt


def clause_explained(
    rule: Rule, facts: RowFacts, standing: ClauseStanding, assessments: Mapping[str, Hold]
) -> ClauseExplained:
    """A clause of the rule, or what stands beside them: the re-enrolment window, what other rows need, one of the
    claims ``assessments``, by their names as clauses."""
    finding = standing.finding
    clause = next((one for one in rule.clauses if one.id == finding.clause), None)
    terms = () if clause is None else possible_terms(clause, rule, facts)
    over = None if finding.kept_through is None else _after(finding, rule.zone)
    needed = next((one for one in rule.needed_by if one.name == finding.clause), None)
    if needed is not None:
        return _needed(needed, standing, over)
    if standing.is_claim:
        return _claim(standing, assessments.get(finding.clause), over)
    if clause is None:
        return _window(rule, standing, over)
    return ClauseExplained(
        id=finding.clause,
        role=clause.role,
        basis=clause.basis,
        starts_at=starts_in_words(clause),
        align=clause.start.align.to,
        period=" or ".join(dict.fromkeys(str(one.periods[0]) for one in terms)),
        start=finding.start,
        kept_through=finding.kept_through,
        applies=finding.applies,
        ended=finding.ended,
        counted=_counted(clause, terms),
        condition=in_words(clause.when),
        live=is_live(clause, facts),
        open_while=in_words(clause.open_while),
        stays_open=False if clause.open_while is None else holds(clause.open_while, facts.row, facts.looked_up),
        counsel=clause.counsel,
        statute=clause.statute,
        unsigned=clause.unsigned,
        yields_to=standing.yields_to,
        doubt=_doubt(standing, period_known=bool(terms)),
        over_at=over,
    )


def _window(rule: Rule, standing: ClauseStanding, over: datetime | None) -> ClauseExplained:
    """In which somebody may come back."""
    finding = standing.finding
    window = rule.relationship.window if rule.relationship else None
    return ClauseExplained(
        id=finding.clause,
        role=Role.PURPOSE,
        basis=WINDOW,
        starts_at="end of the relationship",
        align=AlignTo.NONE,
        period=str(window),
        start=finding.start,
        kept_through=finding.kept_through,
        applies=finding.applies,
        ended=finding.ended,
        counted="" if window is None else counted_in_words(Terms.plain(window)),
        doubt=_doubt(standing),
        over_at=over,
    )


def _needed(needed: NeededBy, standing: ClauseStanding, over: datetime | None) -> ClauseExplained:
    """A floor of another rule, for the sake of which something here stays."""
    finding, clause = standing.finding, needed.clause
    return ClauseExplained(
        id=finding.clause,
        role=Role.FLOOR,
        basis=f"rows of {needed.table} need it: {clause.basis}",
        starts_at=f"{starts_in_words(clause)} of {needed.table}",
        align=clause.start.align.to,
        period=str(clause.period),
        start=None,
        kept_through=finding.kept_through,
        applies=finding.applies,
        ended=finding.ended,
        counted=counted_in_words(clause.terms, clause.start.event),
        condition=in_words(clause.when),
        statute=clause.statute,
        unsigned=clause.unsigned,
        doubt=_doubt(standing),
        over_at=over,
    )


def _claim(standing: ClauseStanding, assessment: Hold | None, over: datetime | None) -> ClauseExplained:
    finding = standing.finding
    claim = None if assessment is None else assessment.claim
    until = None if assessment is None else assessment.protects_until
    basis = "a claims assessment of which the control store knows nothing"
    if assessment is not None and claim is not None:
        basis = f"{assessment.matter}; owner: {claim.owner}"
    return ClauseExplained(
        id=finding.clause,
        role=Role.FLOOR,
        basis=basis,
        starts_at="its recording",
        align=AlignTo.NONE,
        period="",
        start=None if assessment is None else assessment.placed_at.date(),
        kept_through=finding.kept_through,
        applies=finding.applies,
        ended=finding.ended,
        counted="until the day that it names",
        doubt=Doubt.SUBJECT if finding.applies is None else Doubt.NONE,
        over_at=over if until is None or over is None else min(over, until),
        assessment=finding.clause.removeprefix("claim "),
    )


def _counted(clause: Clause, terms: tuple[Terms, ...]) -> str:
    """Of a period that varies also what it hangs on."""
    if clause.varies is None:
        return counted_in_words(clause.terms, clause.start.event)
    hangs_on = length_in_words(clause)
    return f"{counted_in_words(terms[0], clause.start.event)} ({hangs_on})" if len(terms) == 1 else hangs_on


def _doubt(standing: ClauseStanding, *, period_known: bool = True) -> Doubt:
    if standing.no_jurisdiction:
        return Doubt.JURISDICTION
    if standing.no_relationship:
        return Doubt.RELATIONSHIP
    if standing.start_unknown and not period_known:
        return Doubt.PERIOD
    return Doubt.START if standing.start_unknown else Doubt.NONE


def _after(finding: ClauseFinding, zone: str) -> datetime | None:
    last = finding.kept_through
    return None if last is None or last == last.max else day_comes(last.fromordinal(last.toordinal() + 1), zone)
