"""Which line of the decision table gave a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from retention.model.clause import Role
from retention.model.verdict import Decision, Reason, Verdict
from retention.planning.standings import ClauseStanding, Standing


class Line(StrEnum):
    """The numbers of the decision table, and what stands beside it. Stable names."""

    UNKNOWN = "0"
    HELD = "1"
    RESTRICTED = "2"
    LAW = "3"
    ERASURE = "4"
    CEILING = "5"
    ACTIVE = "6"
    PURPOSE = "7"
    ENDED = "8"
    NOTHING = "9"
    MARK = "mark"  # done already by this rule: the lines are asked again once the time after it has passed


_ALWAYS = {
    Verdict.HELD: Line.HELD,
    Verdict.RESTRICTED: Line.RESTRICTED,
    Verdict.RETAINED_BY_LAW: Line.LAW,
    Verdict.CONFLICT: Line.LAW,
    Verdict.DUE_NOW: Line.ERASURE,
    Verdict.ACTIVE: Line.ACTIVE,
    Verdict.PSEUDONYMIZED: Line.MARK,
}


def deciding_line(decision: Decision, clauses: Sequence[ClauseStanding]) -> Line:
    """Of what is due and waits (a reference, a cool-down): the line by which it is due."""
    if decision.verdict in _ALWAYS:
        return _ALWAYS[decision.verdict]
    if decision.verdict is Verdict.RETAINED and decision.reason is not Reason.COOLING_DOWN:
        return Line.PURPOSE
    if decision.verdict is not Verdict.UNDETERMINED:
        return Line.CEILING if _reached(clauses) else Line.ENDED
    if decision.reason is Reason.NOT_COVERED:
        return Line.NOTHING
    if decision.reason is not Reason.NOTHING_APPLIES:
        return Line.UNKNOWN
    return Line.UNKNOWN if any(clause.best >= Standing.NEAR for clause in clauses) else Line.NOTHING


def _reached(clauses: Sequence[ClauseStanding]) -> bool:
    ceilings = {clause.worst for clause in clauses if clause.role is Role.CEILING}
    others = {clause.worst for clause in clauses if clause.role is not Role.CEILING}
    return Standing.ENDED in ceilings or (Standing.NEAR in ceilings and Standing.KEEPS not in others)
