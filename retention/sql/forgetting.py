"""What runs leave in our own tables of a dataset to be verified by, taken away once nothing needs it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, column, delete, inspect, table

from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables


def forget_originals(connection: Connection, own: OwnTables, run_ids: Sequence[str]) -> None:
    connection.execute(delete(own.residue_digest).where(own.residue_digest.c.run_id.in_(run_ids)))


def forget_candidates(connection: Connection, dialect: Dialect, run_ids: Sequence[str]) -> None:
    """The lists of these runs, those under rules that are gone or cannot be compiled among them."""
    for name in inspect(connection).get_table_names(schema=dialect.own_schema):
        if name.startswith(dialect.own_name("candidate__")):
            listed = table(name, column("run_id"), schema=dialect.own_schema)
            connection.execute(delete(listed).where(listed.c.run_id.in_(run_ids)))
