"""Whom the rows of a table are about: the row itself, or the person at the end of the shortest way of foreign keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from retention.model.join import Join
from retention.model.rule import IDENTIFYING
from retention.model.schema import Schema, Table
from retention.policy.joins import leads_to_one
from retention.policy.lint.keys import can_identify
from retention.policy.proposals.kinds import guesses
from retention.policy.proposals.names import short_name, singular, words_of

PEOPLE = {
    "account", "applicant", "attendee", "buyer", "candidate", "citizen", "client", "contact", "customer", "donor",
    "driver", "employee", "guest", "lead", "member", "participant", "passenger", "patient", "person", "profile",
    "resident", "student", "subscriber", "user", "visitor",
}  # fmt: skip
FARTHEST = 4  # steps
ENOUGH = 2  # kinds of identifying values by which a table is one of people, whatever its name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedSubject:
    """``why`` says how it was found."""

    kind: str
    key: str
    path: tuple[Join, ...]
    table: str  # of the people; empty: no table is known, the column's name says it
    nullable: bool
    why: str


def subject_of(root: Table, schema: Schema, kinds_in_use: Mapping[str, str]) -> ProposedSubject | None:
    """``kinds_in_use``: what existing rules call the people of a table. None: nobody can tell from the schema."""
    if _named_people(root) and _identifying(root):
        return _itself(root, kinds_in_use)
    ways = tuple(_ways(root, schema))
    return (
        _shortest(_referring(ways, schema, kinds_in_use, lambda far: _named_people(far) and _identifying(far) > 0))
        or _shortest(found for near, path in ways for found in _by_name(near, path))
        or _shortest(_referring(ways, schema, kinds_in_use, lambda far: _identifying(far) > ENOUGH))
        or (_itself(root, kinds_in_use) if _identifying(root) >= ENOUGH else None)
    )


def _shortest(found: Iterable[ProposedSubject]) -> ProposedSubject | None:
    """On ways of one length, a key that is NOT NULL."""
    return min(found, key=lambda one: (len(one.path), one.nullable), default=None)


def _named_people(table: Table) -> bool:
    words = words_of(table.name)
    return bool(words) and singular(words[-1]) in PEOPLE


def _identifying(table: Table) -> int:
    """Of how many kinds its columns hold something that identifies."""
    return len({guess.kind for guess in guesses(table).values() if guess.kind in IDENTIFYING and not guess.doubt})


def _kind(table: Table, kinds_in_use: Mapping[str, str]) -> str:
    words = words_of(table.name)
    return kinds_in_use.get(table.name) or short_name((*words[:-1], singular(words[-1])) if words else ())


def _itself(root: Table, kinds_in_use: Mapping[str, str]) -> ProposedSubject | None:
    key = root.column(root.primary_key[0]) if len(root.primary_key) == 1 else None
    if key is None or not can_identify(key):
        return None
    return ProposedSubject(
        kind=_kind(root, kinds_in_use),
        key=key.name,
        path=(),
        table=root.name,
        nullable=False,
        why="each row is a person",
    )


def _ways(root: Table, schema: Schema) -> Iterator[tuple[Table, tuple[Join, ...]]]:
    """Every table that a row leads to along foreign keys, the nearest first, each by one of its shortest ways."""
    waiting: deque[tuple[Table, tuple[Join, ...]]] = deque([(root, ())])
    seen = {root.name}
    while waiting:
        near, path = waiting.popleft()
        yield near, path
        for join, far in _to_one(near, schema):
            if far.name not in seen and len(path) < FARTHEST:
                seen.add(far.name)
                waiting.append((far, (*path, join)))


def _to_one(near: Table, schema: Schema) -> Iterator[tuple[Join, Table]]:
    for key in near.foreign_keys:
        far = schema.tables.get(key.table)
        if far is not None and far.name != near.name:
            join = Join(columns=key.columns, table=far.name, far_columns=key.referred_columns)
            if leads_to_one(join, far):
                yield join, far


def _referring(
    ways: Iterable[tuple[Table, tuple[Join, ...]]],
    schema: Schema,
    kinds_in_use: Mapping[str, str],
    people: Callable[[Table], bool],
) -> Iterator[ProposedSubject]:
    """Where the key of a person stands in a column that refers to it, the last step need not be taken."""
    for near, path in ways:
        for join, far in _to_one(near, schema):
            if not people(far) or len(far.primary_key) != 1:
                continue
            direct = join.far_columns == far.primary_key
            holder, key = (near, join.columns[0]) if direct else (far, far.primary_key[0])
            column = holder.column(key)
            if column is not None and can_identify(column):
                yield ProposedSubject(
                    kind=_kind(far, kinds_in_use),
                    key=key,
                    path=path if direct else (*path, join),
                    table=far.name,
                    nullable=column.nullable,
                    why=f"{near.name}.{', '.join(join.columns)} refers to {far.name}",
                )


def _by_name(near: Table, path: tuple[Join, ...]) -> Iterator[ProposedSubject]:
    """A column customer_id that no foreign key explains."""
    for column in near.columns:
        words = words_of(column.name)
        if len(words) > 1 and words[-1] == "id" and words[-2] in PEOPLE and can_identify(column):
            yield ProposedSubject(
                kind=words[-2],
                key=column.name,
                path=path,
                table="",
                nullable=column.nullable,
                why=f"guess, by the name of {near.name}.{column.name}: no foreign key says where the people stand",
            )
