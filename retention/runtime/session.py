"""A worker's connection: one for the whole step, with the digests' secrets installed on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from retention.runtime.deployment import Deployment
from retention.sql.database import Database


@contextmanager
def worker(deployment: Deployment, database: Database, secrets: Mapping[str, bytes]) -> Iterator[Connection]:
    """Temporary tables and installed secrets live as long as this connection. ``secrets``: name -> 32 bytes; the
    trace, by which receipts find whom a batch concerned, is always there."""
    with database.session() as connection:
        database.dialect.install_secrets(connection, {"trace": deployment.control.trace_secret, **secrets})
        yield connection
