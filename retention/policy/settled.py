"""Counsel's choices in conflicts: each between a floor and a ceiling of the rule."""

from __future__ import annotations

from collections.abc import Sequence

from retention.model.clause import Clause, Role, Settled
from retention.policy.documents.conflict import ConflictDocument
from retention.policy.naming import choose_from
from retention.policy.reading import Reading


def settled(documents: Sequence[ConflictDocument], clauses: Sequence[Clause], reading: Reading) -> tuple[Settled, ...]:
    """In the order of the clauses' names: in which one they stand in the file says nothing."""
    found: dict[tuple[str, str], Settled] = {}
    for position, entry in enumerate(documents):
        path = ("conflicts", position)
        there = _is_there(entry.floor, Role.FLOOR, clauses, reading, (*path, "floor"))
        there &= _is_there(entry.ceiling, Role.CEILING, clauses, reading, (*path, "ceiling"))
        if (entry.floor, entry.ceiling) in found:
            what = f"{entry.floor} and {entry.ceiling} are chosen between twice"
            reading.find("R149", path, what, "keep the choice that counsel made last")
        elif there:
            found[entry.floor, entry.ceiling] = Settled(
                floor=entry.floor, ceiling=entry.ceiling, prevails=Role(entry.prevails.value), counsel=entry.counsel
            )
    return tuple(found[pair] for pair in sorted(found))


def _is_there(name: str, role: Role, clauses: Sequence[Clause], reading: Reading, path: tuple[str | int, ...]) -> bool:
    names = [clause.id for clause in clauses if clause.role is role]
    if name in names:
        return True
    remedy = choose_from(name, names, what=f"{role}s of this rule")
    reading.find("R149", path, f"the {role} {name!r} is not in this rule", remedy)
    return False
