"""The database server's clock, by which batches are dated and leases expire."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from retention.sql.dialects.base import Dialect


def server_ms(connection: Connection, dialect: Dialect) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z."""
    return int(connection.execute(select(dialect.now_ms())).scalar_one())


def server_now(connection: Connection, dialect: Dialect) -> datetime:
    return datetime.fromtimestamp(server_ms(connection, dialect) / 1000, UTC)
