"""What a person has decided already, from what was typed. Each refusal says what to type instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic_core import PydanticCustomError

from retention.model.errors import RetentionError, refuse
from retention.model.rule import Action
from retention.model.schema import Table
from retention.policy.documents.base import period as a_period
from retention.policy.documents.names import word
from retention.policy.naming import choose_from
from retention.policy.proposals.proposal import RelatedTime, Surroundings, Wishes, likely_starts
from retention.policy.proposals.subjects import subject_of
from retention.policy.proposals.times import TimeCandidate, can_hold_a_time, candidate

RELATIONSHIP_END = "relationship_end"


def wishes_of(
    table: Table,
    around: Surroundings,
    *,
    period: str | None,
    basis: str | None,
    start: str | None,
    purpose: str | None,
    floor: str | None,
    action: Action | None,
) -> Wishes:
    """Raises RetentionError R110, R114, R543, R544."""
    if (period is None) is not (basis is None):
        given, missing = ("--period", "--basis") if basis is None else ("--basis", "--period")
        what = f"{given} stands without {missing}: how long and why belong together"
        raise refuse("R543", what, where=given, remedy=f"add {missing}, or leave both out and decide in the file")
    if basis is not None and not basis.strip():
        remedy = 'name the law with its article, or the reason of the controller: --basis "HGB 257(4)"'
        raise refuse("R543", "the basis is empty", where="--basis", remedy=remedy)
    if purpose is not None and floor is not None:
        remedy = "keep one: --floor, where a law demands it; --purpose, for a reason of your own"
        raise refuse("R543", "a clause is a floor or a purpose", where="--floor, --purpose", remedy=remedy)
    clause = purpose or floor
    return Wishes(
        period=None if period is None else str(_checked(a_period, period, "--period")),
        basis=basis,
        start=None if start is None else _start(start, table, around),
        clause="main" if clause is None else str(_checked(word, clause, "--floor" if floor else "--purpose")),
        floor=floor is not None,
        action=action,
    )


def _checked(check: Callable[[Any], Any], text: str, where: str) -> Any:
    """As a rule file would have it checked."""
    try:
        return check(text)
    except PydanticCustomError as error:
        said = error.context or {}
        raise refuse(said["code"], said["what"], where=where, remedy=said["remedy"]) from None


def _start(name: str, table: Table, around: Surroundings) -> TimeCandidate | RelatedTime:
    likely = likely_starts(table, around, subject_of(table, around.schema, around.kinds_in_use))
    related = [one for one in likely if isinstance(one, RelatedTime)]
    if name == RELATIONSHIP_END and related:
        return related[0]
    column = table.column(name)
    if column is None:
        raise _refused(f"{name!r} is no column of {table.name}", name, likely, table)
    if not can_hold_a_time(column):
        what = f"{table.name}.{name} ({column.type}) cannot hold a time"
        raise _refused(what, "", likely, table)
    return candidate(column, table, around.dataset.zone, around.look)


def _refused(what: str, name: str, likely: Iterable[TimeCandidate | RelatedTime], table: Table) -> RetentionError:
    """Where no column looks like a time, any that could hold one is named."""
    known = {one.column if isinstance(one, TimeCandidate) else RELATIONSHIP_END for one in likely}
    known = known or {column.name for column in table.columns if can_hold_a_time(column)}
    return refuse("R544", what, where="--start", remedy=choose_from(name, known, what="what may hold a time"))
