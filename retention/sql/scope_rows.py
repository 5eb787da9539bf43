"""The areas of a hold as rows: the same columns in the control store and in each dataset."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, String, Text

from retention.model.condition_text import condition_of, condition_text
from retention.model.hold import Area, ConditionScope, DatasetScope, TableScope

_CONDITION, _TABLE, _DATASET = "condition", "table", "dataset"


def area_columns() -> list[Column[Any]]:
    """``position``: from 1 within the hold. ``condition_text``: with its constants; empty where there is none."""
    return [
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("kind", String(20), nullable=False),
        Column("table_name", String(128), nullable=False),  # empty: the whole dataset
        Column("condition_text", Text, nullable=False),
    ]


def area_values(area: Area) -> dict[str, str]:
    """Values of these columns but ``position``."""
    match area:
        case ConditionScope(table=table, condition=condition):
            return {"kind": _CONDITION, "table_name": table, "condition_text": condition_text(condition)}
        case TableScope(table=table):
            return {"kind": _TABLE, "table_name": table, "condition_text": ""}
        case DatasetScope():
            return {"kind": _DATASET, "table_name": "", "condition_text": ""}


def area_of(dataset: str, kind: str, table: str, text: str) -> Area:
    """Raises ValueError for a kind that this release does not know: nobody could tell what it covers."""
    match kind:
        case "condition":
            return ConditionScope(dataset=dataset, table=table, condition=condition_of(text))
        case "table":
            return TableScope(dataset=dataset, table=table)
        case "dataset":
            return DatasetScope(dataset=dataset)
    raise ValueError("a hold of a kind that this release does not know")
