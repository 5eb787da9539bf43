"""What `retention explain` says of one record, in sentences."""

from __future__ import annotations

from datetime import datetime

from retention.model.clause import Clause, Role
from retention.model.condition import Condition
from retention.model.counting_words import event_in_words, steps_in_words
from retention.model.hold import HoldClass
from retention.model.hold_words import condition_in_words
from retention.model.rule import Action
from retention.model.starting_point import ColumnEvent, Event, SeveralEvents, UnknownStart
from retention.model.terms import Terms
from retention.model.verdict import Reason, Verdict
from retention.planning.deciding_line import Line
from retention.planning.ends import End, Told
from retention.planning.zones import zone_named
from retention.runtime.explanation import ChangeExplained, ClauseExplained, Explanation
from retention.runtime.words import REASONS, VERDICTS

LINES = {
    Line.UNKNOWN: "something is unknown, and some value of it would keep the record",
    Line.HELD: "a legal hold covers the record",
    Line.RESTRICTED: "its processing is restricted at the person's request",
    Line.LAW: "the latest end of the floors has not come: it must be kept",
    Line.ERASURE: "a request for erasure was accepted",
    Line.CEILING: "the earliest end of the ceilings has come, less its lead: it must be gone",
    Line.ACTIVE: "the relationship is active, and a live purpose starts at its end",
    Line.PURPOSE: "a live purpose has not ended, or there is but a ceiling that has not come",
    Line.ENDED: "every floor and every live purpose has ended, and there is at least one",
    Line.NOTHING: "no floor, purpose or ceiling applies, or the rule does not speak for the record",
    Line.MARK: "the rule has pseudonymized the record already",
}

HOLD_ON = {
    HoldClass.SUBJECT: "it is on the person whom the record is about",
    HoldClass.CAPTURED: "the record, or a row that goes with it, matches its condition, or did once",
    HoldClass.TABLE: "it is on the table of the record, or of a row that goes with it",
    HoldClass.DATASET: "it is on the whole dataset",
    HoldClass.COMPANION: "the record is a declared companion of what it holds",
    HoldClass.SAME_SUBJECT: "a row that it holds refers to the record, and both are about the same person",
    HoldClass.ANCHORED: "a row that it holds refers to the record",
}

# Of one record, where the words for many do not fit.
_REASONS = {
    Reason.NOT_COVERED: ("the rule's condition does not hold: it does not speak for this record", ""),
    Reason.CONDITION_UNKNOWN: ("a column of the rule's condition is NULL here", ""),
    Reason.JURISDICTION: (
        "nobody can tell which law is its own, or it is one that the rule does not cover",
        REASONS[Reason.JURISDICTION][1],
    ),
    Reason.UNSIGNED: ("it would go by a statute that counsel has not signed off", REASONS[Reason.UNSIGNED][1]),
    Reason.FACTS_STALE: (
        "it counts from facts from elsewhere, and those are stale: a later event may have come since",
        REASONS[Reason.FACTS_STALE][1],
    ),
    Reason.SUBJECT_UNKNOWN: (
        "nobody can tell whether a hold or a claims assessment covers it, since whom it is about is unknown",
        REASONS[Reason.SUBJECT_UNKNOWN][1],
    ),
    Reason.CLAIM: (
        "a claims assessment keeps it: a claim of its subject, or against its subject, is expected",
        REASONS[Reason.CLAIM][1],
    ),
    Reason.HOLD_UNKNOWN: (
        "nobody can tell whether a hold covers it: a column of the hold's condition is NULL, or a held row of another "
        "table refers to it and no rule says whom that is about",
        REASONS[Reason.HOLD_UNKNOWN][1],
    ),
    Reason.NOTHING_APPLIES: (
        "no floor, purpose or ceiling certainly applies to it",
        "write a clause for such rows, or correct when it applies",
    ),
}


def reason_in_words(reason: Reason) -> tuple[str, str]:
    """Why, and what ends it, of one record."""
    why, remedy = _REASONS.get(reason, REASONS[reason])
    return why, remedy or REASONS[reason][1]


def line_in_words(line: Line) -> str:
    """ "line 3: the latest end .."."""
    number = f"line {line.value}: " if line.value.isdecimal() else "before the lines: "
    return number + LINES[line]


def counted_in_words(terms: Terms, event: Event | None = None) -> str:
    """How the last day comes about: "moved to the end of its calendar year, + 6 years"; of several events also how it
    does from each that has terms of its own."""
    steps = [", ".join(steps_in_words(terms))]
    for one in event.operands if isinstance(event, SeveralEvents) else ():
        if one.terms is not None:
            steps.append(f"from {event_in_words(one.event)}: {', '.join(steps_in_words(one.terms))}")
    return "; ".join(steps)


def starts_in_words(clause: Clause) -> str:
    event = clause.start.event
    if isinstance(event, UnknownStart):
        return "an event of a law that the rule does not cover"
    return f"column {event.at.column}" if isinstance(event, ColumnEvent) else event_in_words(event).removeprefix("the ")


def in_words(condition: Condition | None) -> str:
    """Without constants; empty: there is none."""
    return "" if condition is None else condition_in_words(condition, constants=False)


# -- instants ----------------------------------------------------------------------------------------------------------


def moment(at: datetime, zone: str) -> str:
    """The local day where it begins, "2029-01-01", else with the time and the zone."""
    local = at.astimezone(zone_named(zone))
    begins = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return f"{local:%Y-%m-%d}" if begins else f"{local:%Y-%m-%d %H:%M:%S} ({zone})"


def day(at: datetime, zone: str) -> str:
    """The local day."""
    return f"{at.astimezone(zone_named(zone)):%Y-%m-%d}"


def change_in_words(found: Explanation, change: ChangeExplained) -> str:
    """ "from 2029-01-01 on: due (a run would delete it)"."""
    due = f", and a run would {found.action.value} it" if change.verdict is Verdict.DUE else ""
    return f"from {moment(change.at, found.zone)} on: {VERDICTS[change.verdict]}{due}"


def next_in_words(found: Explanation) -> str:
    """When the verdict changes next, one sentence without its full stop."""
    if found.next_change is not None:
        return change_in_words(found, found.next_change)
    if found.verdict is Verdict.DUE:
        return f"a run {found.action.value}s it; time alone changes nothing any more"
    if not found.hangs_on:
        return "never by itself: nothing is open that has a date"
    return f"unknown: it hangs on {'; and on '.join(found.hangs_on)}"


def end_in_words(end: End, role: Role) -> str:
    """F, P or C."""
    match end.told:
        case Told.NONE:
            return "none applies"
        case Told.OPEN:
            return f"open: {end.clause} has no last day yet"
        case Told.UNKNOWN:
            return f"unknown: of {end.clause} nobody can tell the start, or whether it applies"
    last = end.kept_through.isoformat() if end.kept_through else "?"
    if role is Role.CEILING:
        return f"gone after {last}, by {end.clause}"
    return f"kept through {last}, by {end.clause}"


# -- clauses -----------------------------------------------------------------------------------------------------------


def clause_named(clause: ClauseExplained) -> str:
    """ "floor tax", "claims assessment A-0001"."""
    return f"claims assessment {clause.assessment}" if clause.assessment else f"{clause.role.value} {clause.id}"


def reckoned(clause: ClauseExplained) -> str:
    """How the last day comes about: event, steps, last day."""
    if clause.start is None:
        return f"{clause.starts_at}: {_no_day(clause)}, {clause.counted}"
    last = clause.kept_through.isoformat() if clause.kept_through else "beyond the year 9999"
    word = "gone after" if clause.role is Role.CEILING else "kept through"
    return f"{clause.starts_at}: {clause.start.isoformat()}, {clause.counted} = {word} {last}"


def started(clause: ClauseExplained) -> str:
    """The day from which it runs, or why there is none."""
    return clause.start.isoformat() if clause.start else _no_day(clause)


def _no_day(clause: ClauseExplained) -> str:
    return "has not come yet" if clause.ended is False else "no day that can be told"


def disposed(action: Action) -> str:
    return {Action.DELETE: "deleted", Action.PSEUDONYMIZE: "pseudonymized"}[action]
