"""Paths from a row to another, each step to one row at most."""

from __future__ import annotations

from collections.abc import Iterable

from retention.model.join import Join
from retention.model.schema import Table
from retention.policy.documents.step import StepDocument
from retention.policy.joins import given_join, leads_to_one
from retention.policy.reading import Reading


def path_of(
    documents: Iterable[StepDocument], root: Table, reading: Reading, here: tuple[str | int, ...]
) -> tuple[Table, tuple[Join, ...]] | None:
    """The last table, and the steps, each to one row at most."""
    near, steps = root, []
    for position, step in enumerate(documents):
        path = (*here, position)
        far = reading.table(step.table, (*path, "table"))
        if far is None:
            return None
        columns = (*path, "columns")
        join = to_one(given_join(step.columns, near, far, reading, columns), near, far, reading, columns)
        if join is None:
            return None
        steps.append(join)
        near = far
    return near, tuple(steps)


def to_one(join: Join | None, near: Table, far: Table, reading: Reading, path: tuple[str | int, ...]) -> Join | None:
    if join is not None and not leads_to_one(join, far):
        keys = " or ".join(", ".join(key) for key in (far.primary_key, *far.unique) if key)
        what = f"several rows of {far.name} could belong to one row of {near.name}"
        reading.find("R208", path, what, f"join to a key of {far.name}: {keys or 'it has none'}")
        return None
    return join
