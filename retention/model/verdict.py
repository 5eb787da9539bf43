"""The outcomes that the decision can have for a row or a group, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Verdict(StrEnum):
    """The lines of the decision; the first that applies decides. Names are stable: programs rely on them."""

    UNDETERMINED = "undetermined"  # lines 0 and 9: something is unknown; kept, counted, given to an owner
    HELD = "held"  # line 1
    RESTRICTED = "restricted"  # line 2 (place kept; restriction requests come later)
    RETAINED_BY_LAW = "retained_by_law"  # line 3
    CONFLICT = "conflict"  # line 3 as well, and a ceiling is reached: kept and blocked until counsel has chosen
    DUE_NOW = "due_now"  # line 4 (place kept; erasure requests come later)
    ACTIVE = "active"  # line 6
    RETAINED = "retained"  # line 7: for a purpose, or until its ceiling
    DUE = "due"  # lines 5 and 8
    REFERENCED = "referenced"  # due by itself, but rows outside of its group refer to it
    PSEUDONYMIZED = "pseudonymized"  # carries a valid mark of this rule and nothing follows yet


class Reason(StrEnum):
    """Why a verdict is what it is, where the verdict alone does not say. Stable names, no values."""

    NONE = ""
    NOT_COVERED = "not_covered"  # the rule's condition does not hold: no rule speaks for the row
    CONDITION_UNKNOWN = "condition_unknown"  # a column of the rule's condition is NULL
    START_UNKNOWN = "start_unknown"  # a starting point is NULL, cannot be read, or lies in a ceiling's future
    NO_RELATIONSHIP = "no_relationship"  # no relationship row, and no other event declared
    JURISDICTION = "jurisdiction"  # the law of a country that the rule does not cover, or nobody can tell which
    UNSIGNED = "unsigned"  # it would go by a statute that counsel has not signed off
    FACTS_STALE = "facts_stale"  # facts from elsewhere that the clause counts from are not complete up to near as-of
    SUBJECT_UNKNOWN = "subject_unknown"  # nobody can tell whether a hold or a claims assessment covers it
    HOLD_UNKNOWN = "hold_unknown"  # nobody can tell whether a hold's condition, or what it spreads to, covers it
    UNCLASSIFIED = "unclassified"  # a column of the live table that the rule does not classify
    NOTHING_APPLIES = "nothing_applies"  # no floor, purpose or ceiling applies to the row
    CEILING_REACHED = "ceiling_reached"
    PERIODS_ENDED = "periods_ended"
    FOLLOW_UP = "follow_up"  # the period after a pseudonymization has ended
    CLAIM = "claim"  # no floor of the rule keeps it, and a claims assessment does
    COOLING_DOWN = "cooling_down"  # due by the rule's present text, which an older one still keeps waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFinding:
    """What one floor, purpose or ceiling says of one row. ``ended`` None: unknown; of a ceiling: reached."""

    clause: str
    applies: bool | None
    ended: bool | None
    start: date | None  # local date of the starting point before alignment; None: open or unknown
    kept_through: date | None  # last day on which the row is kept; None: open or unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict for one row, with what led to it. ``until``: when what is COOLING_DOWN is due after all."""

    verdict: Verdict
    reason: Reason
    findings: tuple[ClauseFinding, ...] = ()
    by_counsel: bool = False  # a ceiling that counsel marked is reached: no cool-down keeps a due row waiting
    until: datetime | None = None
    conflict: str = ""  # "floor / ceiling" that cannot both be obeyed


def conflict_of(floor: str, ceiling: str) -> str:
    """How a conflict of two clauses is named."""
    return f"{floor} / {ceiling}"
