"""The stop switch in a dataset: looked at inside the fence, so that no batch begins after it was put here."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from retention.model.errors import refuse
from retention.sql.own_tables import OwnTables


def put_stop(connection: Connection, own: OwnTables, *, by: str, reason: str, since_ms: int) -> None:
    """Under the exclusive side of the fence. Where it is on already, it stays as it is."""
    if connection.execute(select(own.stop.c.id)).first() is None:
        connection.execute(insert(own.stop).values(id=1, since_ms=since_ms, stopped_by=by, reason=reason))


def lift_stop(connection: Connection, own: OwnTables) -> None:
    connection.execute(delete(own.stop))


def refuse_behind_stop(connection: Connection, own: OwnTables) -> None:
    """Raises RetentionError R412 where the stop switch is on in this dataset."""
    row = connection.execute(select(own.stop.c.stopped_by, own.stop.c.reason)).first()
    if row is not None:
        raise refuse(
            "R412",
            f"the stop switch is on in this dataset, by {row.stopped_by}: {row.reason}",
            where="stop switch",
            remedy="`retention resume`, once the reason is gone; then start the run again",
        )
