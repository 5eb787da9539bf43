"""A ceiling that ends before a floor with the same starting point: two duties that cannot both be met."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from retention.model.rule import Clause, Role
from retention.planning.counting import kept_through
from retention.policy.clauses import PLURAL
from retention.policy.finding import Finding
from retention.policy.lint.tables import at
from retention.policy.rule_file import ReadRule

_FIRST_DAY = date(2023, 1, 1)
_DAYS = 4 * 365 + 1  # four years: every position in a leap cycle, a fiscal year, a quarter


def check(read: ReadRule) -> Iterator[Finding]:
    for ceiling in read.rule.of_role(Role.CEILING):
        for floor in read.rule.of_role(Role.FLOOR):
            if read.rule.settled_for(floor.id, ceiling.id) is not None:
                continue  # counsel has chosen
            start = _counterexample(ceiling, floor) if _meet(ceiling, floor) else None
            if start is not None:
                yield _finding(read, ceiling, floor, start)


def _meet(ceiling: Clause, floor: Clause) -> bool:
    """Whether both run from one event, and surely speak for common rows."""
    same_rows = None in (ceiling.when, floor.when) or ceiling.when == floor.when
    return same_rows and ceiling.start.event == floor.start.event


def _counterexample(ceiling: Clause, floor: Clause) -> date | None:
    """A day of the event on which the ceiling ends before the floor."""
    for offset in range(_DAYS):
        start = _FIRST_DAY + timedelta(days=offset)
        gone_by = kept_through(start, ceiling.terms)
        kept = kept_through(start, floor.terms)
        if gone_by is not None and (kept is None or gone_by < kept):
            return start
    return None


def _finding(read: ReadRule, ceiling: Clause, floor: Clause, start: date) -> Finding:
    gone_by = kept_through(start, ceiling.terms)
    kept = kept_through(start, floor.terms) or "for ever"
    what = (
        f"the ceiling {ceiling.id} ({ceiling.basis}) ends before the floor {floor.id} ({floor.basis}): "
        f"an event on {start} must be gone after {gone_by} and kept through {kept}"
    )
    entries = getattr(read.document, PLURAL[Role.CEILING])
    position = next(position for position, entry in enumerate(entries) if entry.id == ceiling.id)
    remedy = (
        "have counsel decide which one holds for which rows, and say so with `when`; or write the choice down: "
        f"conflicts: [{{floor: {floor.id}, ceiling: {ceiling.id}, prevails: .., counsel: ..}}]; or correct a period"
    )
    return at(read, "R213", ("ceilings", position, "period"), what, remedy)
