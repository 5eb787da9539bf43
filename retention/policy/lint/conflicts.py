"""A ceiling that ends before a floor with the same starting point: two duties that cannot both be met. Proven by a day
of the event, and by a row that both speak for: which jurisdiction, which length of the relationship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from retention.model.choice import Tiers
from retention.model.clause import Clause, Role
from retention.model.counting_words import period_in_words, steps_in_words
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.starting_point import Event, SeveralEvents, UnknownStart
from retention.model.terms import Terms
from retention.planning.counting import kept_through
from retention.policy.finding import Finding
from retention.policy.lint.tables import at, clause_path
from retention.policy.lint.witness import in_words, places, witness
from retention.policy.rule_file import ReadRule

_FIRST_DAY = date(2023, 1, 1)
_DAYS = 4 * 365 + 1  # four years: every position in a leap cycle, a fiscal year, a quarter


@dataclass(frozen=True, kw_only=True)
class _Conflict:
    """``rows``: for which both speak, in words; empty: for all. ``likely``: nothing says that there are such rows."""

    ceiling: Clause
    floor: Clause
    terms: tuple[Terms, Terms]  # of the ceiling and of the floor
    start: date
    rows: str
    likely: bool


def check(read: ReadRule) -> Iterator[Finding]:
    yield from _of_rule(read, read.rule, None)
    for position, element in enumerate(read.elements):
        yield from _of_rule(read, element, position)


def _of_rule(read: ReadRule, rule: Rule, element: int | None) -> Iterator[Finding]:
    ceilings = (one for one in rule.of_role(Role.CEILING) if element is None or not one.id.startswith("row/"))
    for ceiling in ceilings:
        for floor in rule.of_role(Role.FLOOR):
            if rule.settled_for(floor.id, ceiling.id) is not None:
                continue  # counsel has chosen
            conflict = _conflict(ceiling, floor)
            if conflict is not None:
                yield _finding(read, conflict, element)


def _conflict(ceiling: Clause, floor: Clause) -> _Conflict | None:
    """The first that can be proven."""
    if ceiling.start.event != floor.start.event or not _countable(ceiling.start.event):
        return None
    row = witness(ceiling.when, floor.when)
    if row is None:
        return None
    for length, terms in _choices(ceiling, floor):
        start = _counterexample(*terms)
        if start is not None:
            alike = None in (ceiling.when, floor.when) or ceiling.when == floor.when
            apart = ceiling.when and floor.when and places(ceiling.when) != places(floor.when)
            said = [in_words(row)] if row else []
            return _Conflict(
                ceiling=ceiling,
                floor=floor,
                terms=terms,
                start=start,
                rows=", ".join([*said, *([length] if length else [])]),
                likely=bool(apart) and not alike,
            )
    return None


def _countable(event: Event) -> bool:
    """From one day: nobody knows it, or each of several events has a period of its own."""
    own = isinstance(event, SeveralEvents) and any(one.terms is not None for one in event.operands)
    return not isinstance(event, UnknownStart) and not own


def _choices(ceiling: Clause, floor: Clause) -> Iterator[tuple[str, tuple[Terms, Terms]]]:
    """The terms that one and the same row can have, and in words for which lengths of the relationship; none where a
    column says a period."""
    for name, one in _by_length(ceiling).items():
        for other_name, other in _by_length(floor).items():
            if name is None or other_name is None or name == other_name:
                yield _range_in_words(name or other_name), (one, other)


_Range = tuple[Period | None, Period | None]  # from, and shorter than


def _by_length(clause: Clause) -> dict[_Range | None, Terms]:
    """None: for every length."""
    if not isinstance(clause.varies, Tiers):
        return dict.fromkeys([None], clause.terms) if clause.known_terms else {}
    from_, found = None, dict[_Range | None, Terms]()
    for tier in clause.varies.tiers:
        found[from_, tier.shorter_than] = clause.terms_with(tier.period)
        from_ = tier.shorter_than
    return found


def _range_in_words(lengths: _Range | None) -> str:
    if lengths is None:
        return ""
    from_, to = lengths
    words = [f"{period_in_words(from_)} or longer"] if from_ else []
    return "a relationship of " + " and ".join([*words, *([f"less than {period_in_words(to)}"] if to else [])])


@lru_cache(maxsize=4096)
def _counterexample(ceiling: Terms, floor: Terms) -> date | None:
    """A day of the event on which the ceiling ends before the floor."""
    for offset in range(_DAYS):
        start = _FIRST_DAY + timedelta(days=offset)
        gone_by = kept_through(start, ceiling)
        kept = kept_through(start, floor)
        if gone_by is not None and (kept is None or gone_by < kept):
            return start
    return None


def _finding(read: ReadRule, found: _Conflict, element: int | None) -> Finding:
    ceiling, floor, (sooner, later) = found.ceiling, found.floor, found.terms
    gone_by, kept = kept_through(found.start, sooner), kept_through(found.start, later) or "for ever"
    where = f" where a row has {found.rows}" if found.rows else ""
    what = (
        f"the ceiling {ceiling.id} ({ceiling.basis}) ends before the floor {floor.id} ({floor.basis}){where}: "
        f"an event on {found.start} must be gone after {gone_by} ({_steps(sooner)}) and kept through {kept} "
        f"({_steps(later)})"
    )
    choice = f"conflicts: [{{floor: {floor.id}, ceiling: {ceiling.id}, prevails: .., counsel: ..}}]"
    written = "" if element is not None or "/" in floor.id else f"or write the choice down: {choice}; "
    remedy = f"have counsel decide which one holds for which rows, and say so with `when`; {written}or correct a period"
    path = (*clause_path(read, ceiling, element), "period")
    if found.likely:
        return at(read, "R262", path, what, f"where there can be no such row, nothing; else {remedy}", remark=True)
    return at(read, "R213", path, what, remedy)


def _steps(terms: Terms) -> str:
    return ", ".join(steps_in_words(terms))
