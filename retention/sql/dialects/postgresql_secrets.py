"""Secrets on a PostgreSQL connection: COPY into a temporary table, which neither statement text nor parameter shows.

Kept are the two pads of HMAC-SHA-256 rather than the secret, so that a keyed digest is two plain ones in SQL. Whoever
may read the server's memory or the session's temporary tables (a superuser) can read them while the session lasts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)

_BLOCK = 64  # bytes of a block of SHA-256

SECRET = Table(
    "retention_secret",
    MetaData(),
    SqlColumn("name", String, primary_key=True),
    SqlColumn("inner_pad", LargeBinary, nullable=False),
    SqlColumn("outer_pad", LargeBinary, nullable=False),
    schema="pg_temp",
)
_CREATE = """\
CREATE TEMPORARY TABLE IF NOT EXISTS retention_secret (
    name text PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL
)"""


def pads(secret: str) -> tuple[ColumnElement[bytes], ColumnElement[bytes]]:
    """The inner and the outer pad, as sub-queries."""
    return _pad(secret, SECRET.c.inner_pad), _pad(secret, SECRET.c.outer_pad)


def _pad(secret: str, column: ColumnElement[bytes]) -> ColumnElement[bytes]:
    """An error of the server where the secret is not installed: a NULL would go on as a digest of nobody."""
    found = func.count()
    missing = func.decode(literal(f"the secret {secret} is not installed: ") + cast(found, String), "hex")
    only = func.string_agg(column, literal_column("''::bytea"))
    pad = case((found == 1, only), else_=missing)
    return cast(select(pad).where(SECRET.c.name == secret).scalar_subquery(), LargeBinary)


def install(connection: Connection, secrets: Mapping[str, bytes]) -> None:
    """Committed at once where no transaction is open, so that it outlives the next."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(_CREATE)
        cursor.execute("DELETE FROM pg_temp.retention_secret")
        with cursor.copy("COPY pg_temp.retention_secret FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "bytea", "bytea"])
            for name, secret in secrets.items():
                copy.write_row((name, *_pads(secret)))
    if not connection.in_transaction():
        driver.commit()


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    """RFC 2104: a longer secret is replaced by its digest, a shorter one filled up with zeroes."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    key = key.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
