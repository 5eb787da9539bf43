"""Why a record is not disposed of: all that stands between the two, and what each would need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from retention.model.clause import Role
from retention.model.condition import holds
from retention.model.hold import HoldClass, HoldState
from retention.model.verdict import Reason, Verdict
from retention.planning.ends import Told
from retention.runtime.explain_case import Case
from retention.runtime.explain_words import HOLD_ON, clause_named, moment, reason_in_words
from retention.runtime.explanation import Between, ClauseExplained, Doubt, HoldExplained, Obstacle, RowsOf
from retention.runtime.words import counted

_OBSTACLES = {Role.FLOOR: Obstacle.FLOOR, Role.PURPOSE: Obstacle.PURPOSE, Role.CEILING: Obstacle.CEILING}


def between(case: Case) -> tuple[Between, ...]:
    """Of a record that is kept, in the order of the decision; of one that is due: nothing."""
    if case.decision.verdict is Verdict.DUE:
        return ()
    return tuple(_between(case))


def _between(case: Case) -> Iterator[Between]:
    yield from _holds(case)
    if case.behind:
        what = "holds of the control store have not reached this dataset yet: one of them might cover the record"
        yield Between(kind=Obstacle.HOLDS_BEHIND, name="", what=what, needs="`retention hold retry`; every run does it")
    covered = True if case.rule.condition is None else holds(case.rule.condition, case.facts.row, case.facts.looked_up)
    if not covered:
        reason = Reason.NOT_COVERED if covered is False else Reason.CONDITION_UNKNOWN
        what, needs = reason_in_words(reason)
        yield Between(kind=Obstacle.CONDITION, name="", what=what, needs=needs)
        return
    if case.decision.verdict is Verdict.PSEUDONYMIZED:
        yield _mark(case)
    for clause in case.of(Role.FLOOR, Role.PURPOSE):
        if not clause.ended and not clause.yields_to and not (clause.role is Role.PURPOSE and case.ceiling_reached):
            yield _clause(case, clause)
    yield from _ceilings(case)
    yield from _rest(case)


def _holds(case: Case) -> Iterator[Between]:
    for hold in case.holds:
        anchored = hold.covers is HoldClass.ANCHORED
        if anchored and not case.deletes:
            continue
        name, until = f"legal hold {hold.id} ({hold.matter})", hold.protects_until
        until = until if until is not None and until > case.as_of else None
        does = "keeps it from deletion" if anchored else "covers it" if hold.certain else "may cover it"
        kind = Obstacle.ANCHOR if anchored else Obstacle.HOLD if hold.certain else Obstacle.HOLD_UNKNOWN
        what = f"{name} {does}: {HOLD_ON[hold.covers]}"
        yield Between(kind=kind, name=hold.id, what=what, needs=_release(hold, until), until=until)
    if case.facts.covered.get(HoldClass.SUBJECT, False) is None:
        what, needs = reason_in_words(Reason.SUBJECT_UNKNOWN)
        yield Between(kind=Obstacle.HOLD_UNKNOWN, name="", what=what, needs=needs)


def _release(hold: HoldExplained, until: datetime | None) -> str:
    if until is not None:
        return f"wait until {until:%Y-%m-%d %H:%M} UTC: its release is confirmed"
    if hold.protects_until is not None:
        return "the next run, or `retention hold retry`: its release is confirmed, and its cool-down is over"
    if hold.state is HoldState.RELEASE_REQUESTED:
        return f"the second person's `retention hold confirm {hold.id}`: its release is requested"
    return f"the release of {hold.id} by two persons"


def _mark(case: Case) -> Between:
    day = case.facts.marked_on.isoformat() if case.facts.marked_on else "an unknown day"
    what = f"this rule has pseudonymized it already, as of {day}"
    if case.rule.disposition.then_delete_after is None:
        return Between(kind=Obstacle.MARK, name="", what=what, needs="nothing: the rule says of nothing that follows")
    until = case.ahead[0].at if case.ahead else None
    needs = f"the rest of the {case.rule.disposition.then_delete_after} after which it is deleted"
    return Between(kind=Obstacle.MARK, name="", what=what, needs=needs, until=until)


def _clause(case: Case, clause: ClauseExplained) -> Between:
    kept = f" through {clause.kept_through.isoformat()}" if clause.kept_through else ""
    does = f"keeps it{kept}" if clause.ended is False and clause.applies else "may keep it"
    what = f"the {clause_named(clause)} {does} ({clause.basis})"
    certain = clause.applies and clause.live and clause.ended is False
    until = clause.over_at if certain else None
    needs = _needs(case, clause)
    if until is not None and clause.assessment:
        needs += f", or its end by two persons (`retention claim end {clause.assessment}`)"
    if until is not None and clause.role is Role.PURPOSE:
        needs += _or_ceiling(case, until)
    return Between(kind=_OBSTACLES[clause.role], name=clause.id, what=what, needs=needs, until=until)


def _needs(case: Case, clause: ClauseExplained) -> str:
    if clause.doubt is Doubt.SUBJECT:
        return reason_in_words(Reason.SUBJECT_UNKNOWN)[1]
    if clause.applies is None:
        return f"the columns of its condition ({clause.condition}): nobody can tell whether it applies"
    if clause.live is None:
        return "the columns that say whether the purpose is live: nobody can tell"
    if clause.over_at is not None and clause.ended is not None:
        return f"wait until {moment(clause.over_at, case.rule.zone)}"
    if clause.ended is None and clause.start is not None:
        return f"wait until {clause.start.isoformat()}: its start lies in the future, which no ceiling believes"
    if clause.doubt is Doubt.RELATIONSHIP:
        return "a relationship to count from, or another event in the rule (relationship: otherwise)"
    if clause.doubt is Doubt.PERIOD:
        return f"a period that can be read: {clause.counted}"
    if clause.doubt is Doubt.JURISDICTION:
        return reason_in_words(Reason.JURISDICTION)[1]
    if clause.stays_open is not False:
        return f"that it no longer holds: {clause.open_while}"
    if clause.ended is None:
        return f"a date that can be read ({clause.starts_at}), or the declared value that means open"
    if clause.start is not None:
        return "nothing: its end lies beyond the year 9999"
    return f"an event that has not come yet ({clause.starts_at})"


def _or_ceiling(case: Case, until: datetime) -> str:
    end = case.ends.ceilings
    if end.told is not Told.DAY or end.kept_through is None:
        return ""
    for ceiling in case.of(Role.CEILING):
        if ceiling.id == end.clause and ceiling.over_at is not None and ceiling.over_at < until:
            on = moment(ceiling.over_at, case.rule.zone)
            return f", or until {on}, when the ceiling {ceiling.id} is reached whatever purposes say"
    return ""


def _ceilings(case: Case) -> Iterator[Between]:
    """Where nothing else would make the record due, it waits for the earliest ceiling."""
    if case.of(Role.FLOOR, Role.PURPOSE):
        return
    for clause in case.of(Role.CEILING):
        if clause.ended:
            continue
        last = f" before {clause.kept_through.isoformat()} has passed" if clause.kept_through else ""
        known = clause.applies and clause.ended is False
        what = (
            f"the ceiling {clause.id} is not reached{last} ({clause.basis})"
            if known
            else (f"of the ceiling {clause.id} nobody can tell whether it is reached ({clause.basis})")
        )
        until = case.ends.ceilings.at if known and clause.id == case.ends.ceilings.clause else None
        needs = f"wait until {moment(until, case.rule.zone)}" if until else _needs(case, clause)
        yield Between(kind=Obstacle.CEILING, name=clause.id, what=what, needs=needs, until=until)


def _rest(case: Case) -> Iterator[Between]:
    decision, facts = case.decision, case.facts
    if decision.reason is Reason.UNSIGNED:
        for clause in case.of(*Role):
            if clause.unsigned and clause.ended:
                what = f"counsel has not signed off the statute of the {clause.role.value} {clause.id} ({clause.basis})"
                needs = f"counsel's sign-off of {clause.statute}, or a clause of your own"
                yield Between(kind=Obstacle.UNSIGNED, name=clause.id, what=what, needs=needs)
    elif not case.of(*Role) or (decision.reason is Reason.NOTHING_APPLIES and not case.of(Role.CEILING)):
        what, needs = reason_in_words(Reason.NOTHING_APPLIES)
        yield Between(kind=Obstacle.NOTHING_APPLIES, name="", what=what, needs=needs)
    if decision.reason is Reason.FACTS_STALE:
        what, needs = reason_in_words(Reason.FACTS_STALE)
        yield Between(kind=Obstacle.STALE_FACTS, name=", ".join(facts.stale), what=what, needs=needs)
    if case.deletes:
        for rows in case.references:
            yield _reference(rows)
    if case.unclassified and not case.deletes:
        what = f"columns that the rule does not classify: {', '.join(case.unclassified)}"
        _, needs = reason_in_words(Reason.UNCLASSIFIED)
        yield Between(kind=Obstacle.UNCLASSIFIED, name="", what=what, needs=needs)
    until = decision.until if decision.reason is Reason.COOLING_DOWN else case.delayed_until
    if until is not None:
        what = "the rule's text is new or has changed, and its cool-down lets go of no more than the text before did"
        needs = f"wait until {moment(until, case.rule.zone)}"
        yield Between(kind=Obstacle.COOL_DOWN, name="", what=what, needs=needs, until=until)


def _reference(rows: RowsOf) -> Between:
    verb = "refers" if rows.rows == 1 else "refer"
    by = f"rule {' and '.join(rows.rules)} decides on them" if rows.rules else "no rule speaks for them"
    what = f"{counted(rows.rows, 'row')} of {rows.table} {verb} to it, and a deletion would leave them without"
    needs = f"the disposal of these rows ({by}), or a rule by which they go with the record"
    return Between(kind=Obstacle.REFERENCE, name=rows.table, what=what, needs=needs)
