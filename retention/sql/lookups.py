"""A column of the one row that a path leads to from a root row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, select

from retention.model.join import Join, Lookup
from retention.sql.conditions import every


def looked_up(lookup: Lookup, root: FromClause, tables: Mapping[str, Table]) -> ColumnElement[Any]:
    """NULL where the path ends before; each step leads to one row at most."""
    near, rows, conditions = root, [], []
    for step in lookup.path:
        far = tables[step.table].alias()
        conditions.append(_joined(near, far, step))
        rows.append(far)
        near = far
    found = select(near.c[lookup.column]).select_from(*rows).where(every(*conditions))
    return found.correlate(root).scalar_subquery()


def _joined(near: FromClause, far: FromClause, step: Join) -> ColumnElement[bool]:
    pairs = zip(step.columns, step.far_columns, strict=True)
    return every(*(near.c[column] == far.c[far_column] for column, far_column in pairs))
