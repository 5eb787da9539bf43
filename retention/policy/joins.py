"""Joins: as the file gives them, else along the one foreign key that leads there."""

from __future__ import annotations

from collections.abc import Mapping

from retention.model.join import Join
from retention.model.schema import Table
from retention.policy.column_types import comparable
from retention.policy.reading import Reading


def given_join(
    pairs: Mapping[str, str], near: Table, far: Table, reading: Reading, path: tuple[str | int, ...]
) -> Join | None:
    """Near column to far column, as written. None, and findings, where a column is not there or types cannot meet."""
    fits = True
    for near_name, far_name in pairs.items():
        here = (*path, near_name)
        one, other = reading.column(near, near_name, here), reading.column(far, far_name, here)
        if one is None or other is None:
            fits = False
        elif not comparable(one.type, other.type):
            fits = False
            what = f"{near.name}.{near_name} ({one.type}) and {far.name}.{far_name} ({other.type}) cannot be equal"
            reading.find("R208", here, what, "join columns of one type")
    if not fits:
        return None
    return Join(columns=tuple(pairs), table=far.name, far_columns=tuple(pairs.values()))


def found_join(
    near: Table, far: Table, reading: Reading, path: tuple[str | int, ...], *, both_ways: bool = False
) -> Join | None:
    """The one foreign key from ``near`` to ``far`` (or back, if ``both_ways``). None, and a finding, if not one."""
    candidates = [
        Join(columns=key.columns, table=far.name, far_columns=key.referred_columns)
        for key in near.foreign_keys
        if key.table == far.name
    ]
    if both_ways:
        candidates += [
            Join(columns=key.referred_columns, table=far.name, far_columns=key.columns)
            for key in far.foreign_keys
            if key.table == near.name
        ]
    candidates = list(dict.fromkeys(candidates))
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        what = f"{len(candidates)} foreign keys lead from {near.name} to {far.name}: nobody can tell which one is meant"
        remedy = "write one of them: " + " or ".join(f"join: {_text(join)}" for join in candidates)
    else:
        direction = f"between {near.name} and {far.name}" if both_ways else f"from {near.name} to {far.name}"
        what = f"no foreign key is known {direction}"
        remedy = (
            f"write `join: {{column of {near.name}: column of {far.name}}}`, or declare the reference under "
            f"references of {reading.dataset.id} in datasets.yaml"
        )
    reading.find("R207", path, what, remedy)
    return None


def leads_to_one(join: Join, far: Table) -> bool:
    """Whether at most one row of ``far`` can match: the far columns hold a key of it."""
    keys = (far.primary_key, *far.unique)
    return any(key and set(key) <= set(join.far_columns) for key in keys)


def _text(join: Join) -> str:
    return "{" + ", ".join(f"{near}: {far}" for near, far in zip(join.columns, join.far_columns, strict=True)) + "}"
