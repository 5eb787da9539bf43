"""Rows of other tables that refer to a table's rows: what may go with them, and what lives for a reason of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from retention.model.join import Join
from retention.model.schema import ForeignKey, Schema, Table
from retention.policy.joins import leads_to_one
from retention.policy.proposals.names import singular, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMember:
    """``join`` runs from the member to ``parent``. ``why`` it belongs to it, in words."""

    table: Table
    parent: str
    join: Join
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """A table whose rows stop the group that they refer to, as long as they are there."""

    table: str
    columns: tuple[str, ...]
    parent: str
    ruled: bool  # a rule speaks for it


def members_of(root: Table, schema: Schema, ruled: Collection[str]) -> tuple[ProposedMember, ...]:
    """Children of the root, and theirs, that make no sense without it; referred ones before those that refer to them.

    ``ruled``: tables of other rules, which cannot be members.
    """
    found: dict[str, ProposedMember] = {}
    parents = [root]
    while parents:
        parent = parents.pop(0)
        for child, key in _children(parent, schema):
            taken = {root.name, *ruled, *found}
            why = "" if child.name in taken else _belongs(child, key, parent)
            if why and not _refers_to(root, child) and child.primary_key:
                join = Join(columns=key.columns, table=parent.name, far_columns=key.referred_columns)
                if leads_to_one(join, parent):
                    found[child.name] = ProposedMember(table=child, parent=parent.name, join=join, why=why)
                    parents.append(child)
    return _in_order(found)


def referrers_of(tables: Collection[str], schema: Schema, ruled: Collection[str]) -> tuple[Referrer, ...]:
    """Foreign keys onto the group from outside of it."""
    return tuple(
        Referrer(table=other.name, columns=key.columns, parent=name, ruled=other.name in ruled)
        for name in tables
        for other, key in schema.referring_to(name)
        if other.name not in tables
    )


def _children(parent: Table, schema: Schema) -> Iterator[tuple[Table, ForeignKey]]:
    """Tables with exactly one foreign key onto the parent, and none onto themselves."""
    for child, key in schema.referring_to(parent.name):
        onto = [other for other in child.foreign_keys if other.table in (parent.name, child.name)]
        if child.name != parent.name and onto == [key]:
            yield child, key


def _belongs(child: Table, key: ForeignKey, parent: Table) -> str:
    """Why its rows make no sense without the parent's; empty: nothing says so."""
    if set(key.columns) < set(child.primary_key):
        return "the reference is a part of its key"
    if key.on_delete == "CASCADE":
        return "the database deletes it along (ON DELETE CASCADE)"
    near, far = words_of(child.name), words_of(parent.name)
    stem = tuple(map(singular, far))
    named = any(tuple(map(singular, near[: len(part)])) == part != near for part in (stem, stem[-1:]) if part)
    return "it is named after it" if named else ""


def _refers_to(table: Table, other: Table) -> bool:
    return any(key.table == other.name for key in table.foreign_keys)


def _in_order(found: dict[str, ProposedMember]) -> tuple[ProposedMember, ...]:
    """Members are deleted from the last to the first: what is referred to stands before what refers to it. Of a circle
    the rest stands as it was found, and lint says so."""
    ordered: dict[str, ProposedMember] = {}
    waiting = dict(found)
    while waiting:
        free = [
            name
            for name, member in waiting.items()
            if not any(key.table in waiting and key.table != name for key in member.table.foreign_keys)
        ]
        for name in free or list(waiting):
            ordered[name] = waiting.pop(name)
    return tuple(ordered.values())
