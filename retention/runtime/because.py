"""Why the verdict on a record is what it is, and of one that is due: that nothing protects it."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.clause import Role
from retention.model.verdict import Reason, Verdict, conflict_of
from retention.planning.ends import End
from retention.runtime.explain_case import Case
from retention.runtime.explain_words import HOLD_ON, clause_named, disposed, moment, reason_in_words
from retention.runtime.explanation import ClauseExplained
from retention.runtime.words import counted


def because(case: Case) -> str:
    """The verdict's reason in one sentence without its full stop."""
    verdict, reason = case.decision.verdict, case.decision.reason
    match verdict:
        case Verdict.HELD:
            return _held(case)
        case Verdict.RETAINED_BY_LAW:
            return _keeps(case, case.ends.floors, Role.FLOOR)
        case Verdict.CONFLICT:
            return f"{_keeps(case, case.ends.floors, Role.FLOOR)}, and {_reached(case, case.decision.conflict)}"
        case Verdict.ACTIVE:
            named = [one.id for one in case.of(Role.PURPOSE) if "relationship" in one.starts_at and not one.ended]
            return f"its relationship has not ended, and its end is where the purpose {named[0]} starts"
        case Verdict.RETAINED if reason is Reason.COOLING_DOWN and case.decision.until is not None:
            on = moment(case.decision.until, case.rule.zone)
            return f"it would be due, but the rule's text is new or has changed, and its cool-down ends {on}"
        case Verdict.RETAINED if any(not one.ended for one in case.of(Role.PURPOSE)):
            return _keeps(case, case.ends.purposes, Role.PURPOSE)
        case Verdict.RETAINED:
            return "only ceilings apply to it, and none is reached"
        case Verdict.REFERENCED if case.references:
            named = [f"{counted(one.rows, 'row')} of {one.table}" for one in case.references]
            return f"it would be due, but {' and '.join(named)} refer to it"
        case Verdict.REFERENCED:
            return "it would be due, but a row under a hold refers to it"
        case Verdict.PSEUDONYMIZED:
            day = case.facts.marked_on
            return f"this rule has pseudonymized it already, as of {day and day.isoformat()}"
        case Verdict.DUE:
            return _due(case)
    return reason_in_words(reason)[0]


def _held(case: Case) -> str:
    named = [f"{hold.id} ({hold.matter})" for hold in case.covering]
    if len(named) == 1:
        return f"legal hold {named[0]} covers it: {HOLD_ON[case.covering[0].covers]}"
    return f"{len(named)} legal holds cover it: {', '.join(named)}"


def _reached(case: Case, conflict: str) -> str:
    floor, _, _ = conflict.partition(" / ")
    ceiling = next(one for one in case.of(Role.CEILING) if conflict_of(floor, one.id) == conflict)
    since = f" since {ceiling.kept_through.isoformat()}" if ceiling.kept_through else ""
    return f"the ceiling {ceiling.id} has been reached{since} ({ceiling.basis}): counsel has to choose between the two"


def _keeps(case: Case, end: End, role: Role) -> str:
    keeping = [one for one in case.of(role) if one.ended is False and one.applies]
    clause = next((one for one in keeping if one.id == end.clause), keeping[0] if keeping else None)
    if clause is None:
        return f"a {role.value} keeps it"
    last = f"through {clause.kept_through.isoformat()}" if clause.kept_through else "without an end that is known"
    return f"the {clause_named(clause)} keeps it {last} ({clause.basis})"


def _due(case: Case) -> str:
    if case.decision.reason is Reason.FOLLOW_UP:
        return "the time after its pseudonymization has passed, and every period has ended"
    reached = case.ends.ceilings
    if case.decision.reason is Reason.CEILING_REACHED:
        basis = next(one.basis for one in case.clauses if one.id == reached.clause)
        return f"the ceiling {reached.clause} is reached: it must be gone after {reached.kept_through} ({basis})"
    last = [end for end in (case.ends.floors, case.ends.purposes) if end.kept_through is not None]
    latest = max(last, key=lambda end: str(end.kept_through), default=None)
    return "every period has ended" + (f", the last one ({latest.clause}) on {latest.kept_through}" if latest else "")


# -- why nothing protects it -------------------------------------------------------------------------------------------


def unprotected(case: Case) -> tuple[str, ...]:
    """Of a record that is due, each protection that it does not have; of any other: nothing."""
    return tuple(_unprotected(case)) if case.decision.verdict is Verdict.DUE else ()


def _unprotected(case: Case) -> Iterator[str]:
    if case.in_force:
        looked_at = (
            f"{counted(case.in_force, 'hold')} in force in its dataset {'was' if case.in_force == 1 else 'were'}"
        )
        yield f"no legal hold covers it: {looked_at} looked at"
    else:
        yield "no legal hold covers it: none is in force in its dataset"
    for clause in case.clauses:
        yield _no_longer(case, clause)
    if case.deletes:
        yield "no row of another group refers to it"
    else:
        done = disposed(case.rule.disposition.action)
        yield f"it is not deleted but {done}: rows that refer to it do not stand against that"
    yield "no earlier text of the rule that still counts keeps it"


def _no_longer(case: Case, clause: ClauseExplained) -> str:
    name = f"the {clause_named(clause)}"
    if clause.applies is False:
        return f"{name} does not apply to it (only where {clause.condition})"
    if clause.live is False:
        return f"{name} is not live any more"
    last = clause.kept_through.isoformat() if clause.kept_through else "an unknown day"
    if clause.role is not Role.CEILING and not clause.ended:
        return f"{name} has not ended, or nobody can tell, and the ceiling that is reached stands above it"
    if clause.role is not Role.CEILING:
        return f"{name} has ended: it kept it through {last}"
    if clause.ended:
        return f"{name} is reached: it must be gone after {last}"
    if case.decision.reason is Reason.CEILING_REACHED and clause.id == case.ends.ceilings.clause:
        return f"{name} is near: it must be gone after {last}, and nothing else keeps it"
    if clause.ended is None:
        return f"of {name} nobody can tell whether it is reached, and it would not keep it"
    return f"{name} is not reached, and a ceiling keeps nothing"
