"""Alembic's entry: migrations run on the connection that retention.sql.control.migrate hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from retention.sql.control.tables import METADATA, SCHEMA, VERSION_TABLE


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        version_table=VERSION_TABLE,
        version_table_schema=SCHEMA if connection.dialect.name == "postgresql" else None,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate(context.config.attributes["connection"])
