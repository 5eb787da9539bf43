"""The areas of holds in the control store: conditions with their constants, tables, datasets."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, insert, select

from retention.model.hold import Area, HoldState, PlacedArea
from retention.sql.control.tables import METADATA, SCHEMA, hold
from retention.sql.scope_rows import area_columns, area_of, area_values

hold_scope = Table(
    "hold_scope",
    METADATA,
    Column("number", Integer, ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
    *area_columns(),
    Column("dataset", String(80), nullable=False),
)


def add_areas(connection: Connection, number: int, areas: Iterable[Area]) -> None:
    rows = [
        {"number": number, "position": position, "dataset": area.dataset, **area_values(area)}
        for position, area in enumerate(areas, start=1)
    ]
    if rows:
        connection.execute(insert(hold_scope), rows)


def areas_of(connection: Connection, number: int) -> tuple[Area, ...]:
    """Of one hold, in the order in which they were given."""
    statement = select(hold_scope).where(hold_scope.c.number == number).order_by(hold_scope.c.position)
    return tuple(
        area_of(row.dataset, row.kind, row.table_name, row.condition_text) for row in connection.execute(statement)
    )


def placed_areas(connection: Connection) -> frozenset[PlacedArea]:
    """Of all holds that protect."""
    joined = hold_scope.join(hold, hold.c.number == hold_scope.c.number)
    statement = select(hold.c.hold_id, hold_scope).select_from(joined).where(hold.c.state != HoldState.RELEASED.value)
    return frozenset(
        PlacedArea(hold_id=row.hold_id, area=area_of(row.dataset, row.kind, row.table_name, row.condition_text))
        for row in connection.execute(statement)
    )
