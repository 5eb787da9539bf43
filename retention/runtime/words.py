"""Verdicts, reasons and checks in the words that people read; the stable names are for programs."""

from __future__ import annotations

from retention.model.hold import HoldClass
from retention.model.run import CheckOutcome, RunState, Verification
from retention.model.verdict import Reason, Verdict

VERDICTS = {
    Verdict.RETAINED_BY_LAW: "retained by law",
    Verdict.CONFLICT: "in conflict",
    Verdict.RETAINED: "retained",
    Verdict.ACTIVE: "active",
    Verdict.HELD: "held",
    Verdict.RESTRICTED: "restricted",
    Verdict.REFERENCED: "referenced",
    Verdict.UNDETERMINED: "undetermined",
    Verdict.PSEUDONYMIZED: "pseudonymized earlier",
    Verdict.DUE: "due",
    Verdict.DUE_NOW: "due now",
}

HOLD_CLASSES: dict[str, str] = {
    HoldClass.SUBJECT: "they are about its subject",
    HoldClass.CAPTURED: "they match its condition, or did once",
    HoldClass.TABLE: "it is on their table",
    HoldClass.DATASET: "it is on their dataset",
    HoldClass.COMPANION: "they are declared companions of what it holds",
    HoldClass.SAME_SUBJECT: "a row that it holds refers to them, and is about the same person",
    HoldClass.ANCHORED: "a row that it holds refers to them",
}

# Why, and what ends it.
REASONS = {
    Reason.NONE: ("", ""),
    Reason.NOT_COVERED: (
        "the rule's condition does not hold: no rule speaks for these rows",
        "widen the condition, or write a rule for them",
    ),
    Reason.CONDITION_UNKNOWN: ("a column of the rule's condition is NULL", "fill the column"),
    Reason.START_UNKNOWN: (
        "a starting point is NULL, cannot be read, or lies in the future of a ceiling; or how long is not known",
        "fill or mend the date or the period, or declare the value that means open",
    ),
    Reason.NO_RELATIONSHIP: (
        "there is no relationship to count from, and the rule names no other event",
        "name another event in the rule (relationship: otherwise)",
    ),
    Reason.JURISDICTION: (
        "nobody can tell which law is theirs, or it is one that the rule does not cover",
        "fill the column that says the jurisdiction, or cover it in the rule (statutes: covers)",
    ),
    Reason.UNSIGNED: (
        "they would go by a statute that counsel has not signed off",
        "have counsel sign it off (`retention statutes show` says what it is), or write a clause of your own",
    ),
    Reason.FACTS_STALE: (
        "they count from facts from elsewhere, and those are stale: a later event may have come since",
        "`retention facts list` says which, `retention facts import` brings them",
    ),
    Reason.SUBJECT_UNKNOWN: (
        "nobody can tell whether a hold or a claims assessment covers them, since whom they are about is unknown",
        "fill the subject's key, or say in the rule that missing means nobody",
    ),
    Reason.HOLD_UNKNOWN: (
        "nobody can tell whether a hold covers them: a column of its condition is NULL, or a held row of another table "
        "refers to them and no rule says whom that is about",
        "fill the column, or write a rule for the other table; the hold's release by two persons ends it, too",
    ),
    Reason.UNCLASSIFIED: (
        "the table has a column that the rule does not classify",
        "classify it in the rule's file, then write the snapshot anew",
    ),
    Reason.NOTHING_APPLIES: (
        "no floor, purpose or ceiling applies",
        "write a clause for these rows, or correct when it applies",
    ),
    Reason.CEILING_REACHED: ("a ceiling is reached", ""),
    Reason.PERIODS_ENDED: ("every period has ended", ""),
    Reason.CLAIM: (
        "a claims assessment keeps them: a claim of their subject, or against their subject, is expected",
        "its last day, or its end by two persons; `retention claim list` says more",
    ),
    Reason.COOLING_DOWN: ("due by a change of the rule that has not cooled down yet", ""),
    Reason.FOLLOW_UP: ("the time after the pseudonymization has ended", ""),
}

CHECKS = {
    "something_examined": "something was examined",
    "nothing_due_left": "nothing due is left",
    "originals_gone_same_subject": "no original value is left in rows of the same person",
    "originals_gone_anywhere": "no telling value is left anywhere in the dataset",
    "in_range": "replaced values look as their strategy says",
    "marks_valid": "marks hold",
    "no_batch_on_held": "no batch wrote a held row",
    "no_mark_on_held": "no held row carries a mark of this run",
    "no_orphan": "no row refers to nothing",
    "unique_keys": "unique keys are unique",
    "counts_agree": "the journal and the tables agree",
    "marks_counted": "as many rows are marked as the journal says",
    "findings_complete": "every finding of our verifier is on record",
    "findings_without_violations": "our verifier found nothing wrong",
    "findings_without_unknown": "our verifier could tell everything that it looked for",
    "findings_examined_something": "our verifier looked at something in each of its checks",
    "great_expectations": "Great Expectations looked at the data by itself",
}

BY = {"verifier": "our verifier", "great_expectations": "Great Expectations"}

OUTCOMES = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.NOT_APPLICABLE: "not applicable",
    CheckOutcome.WRONG: "wrong",
    CheckOutcome.COULD_NOT_TELL: "could not tell",
}

STATES = {
    RunState.PREPARED: "prepared, not planned yet",
    RunState.PLANNED: "planned, nothing written yet",
    RunState.DISPOSING: "writing, or stopped while writing",
    RunState.VERIFIED: "verified, not sealed yet",
    RunState.SEALED: "sealed",
    RunState.FAILED: "failed",
}


def verdict_in_words(verdict: Verdict, reason: Reason, detail: str) -> tuple[str, str]:
    """Why, and what ends it. ``detail``: the referring table of REFERENCED; of HELD the class of the
    hold, empty where it is on their subject; of COOLING_DOWN the day it ends; of CONFLICT the two clauses."""
    if verdict is Verdict.REFERENCED:
        return (
            f"rows of {detail or 'another table'} refer to them",
            "let those go first, or have them go with the group",
        )
    if verdict is Verdict.CONFLICT:
        floor, _, ceiling = detail.partition(" / ")
        return (
            f"the floor {floor} keeps them, and the ceiling {ceiling} is reached: they stay until counsel has chosen",
            f"write the choice into the rule: conflicts: [{{floor: {floor}, ceiling: {ceiling}, prevails: .., "
            "counsel: ..}]",
        )
    if verdict is Verdict.HELD:
        how = HOLD_CLASSES.get(detail, HOLD_CLASSES[HoldClass.SUBJECT])
        return f"a legal hold covers them: {how}", "its release by two persons; each run looks at them again"
    if reason is Reason.COOLING_DOWN:
        return (
            f"due by a change of the rule that takes effect on {detail}",
            "wait for that day, or put the earlier text back; `retention rules changes` says more",
        )
    return REASONS[reason]


def check_in_words(name: str) -> str:
    """A name that has no words yet is still readable."""
    return CHECKS.get(name, name.replace("_", " "))


def good_checks(verification: Verification) -> str:
    """ "42 of 42 checks"."""
    good = sum(one.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE) for one in verification.checks)
    return f"{good:,} of {counted(len(verification.checks), 'check')}"


def counted(number: int, thing: str) -> str:
    """ "1 rule", "2 rules"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
