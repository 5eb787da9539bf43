"""Secrets on a MariaDB connection: LOAD DATA LOCAL from a pipe into a temporary table in memory, which neither the
statement's text nor a parameter shows: the general log, the list of processes and the binary log see a file's name.

Kept are the two pads of HMAC-SHA-256 rather than the secret, so that a keyed digest is two plain ones in SQL. Whoever
may read the server's memory can read them while the session lasts; nobody else sees a session's temporary tables.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    func,
    literal,
    select,
    union_all,
)

from retention.sql.dialects.mariadb_texts import sha256, utf8

_BLOCK = 64  # bytes of a block of SHA-256
_NAME = "retention_secret"
_SECRET = Table(
    _NAME,
    MetaData(),
    Column("name", String(40), primary_key=True),
    Column("inner_pad", String(128), nullable=False),  # in hex
    Column("outer_pad", String(128), nullable=False),
)
_CREATE = f"""\
CREATE TEMPORARY TABLE IF NOT EXISTS {_NAME} (
    name VARCHAR(40) PRIMARY KEY, inner_pad CHAR(128) NOT NULL, outer_pad CHAR(128) NOT NULL
) ENGINE=MEMORY CHARACTER SET ascii COLLATE ascii_bin"""


def keyed_digest(secret: str, text: ColumnElement[str]) -> ColumnElement[bytes]:
    """HMAC as two plain digests over pads; sub-queries that refer to nothing are run once for a statement."""
    inner, outer = _pad(secret, _SECRET.c.inner_pad), _pad(secret, _SECRET.c.outer_pad)
    return sha256(func.concat(outer, sha256(func.concat(inner, cast(utf8(text), LargeBinary)))))


def _pad(secret: str, column: ColumnElement[str]) -> ColumnElement[bytes]:
    """An error of the server where the secret is not installed: a NULL would go on as a digest of nobody."""
    found = select(column).where(_SECRET.c.name == secret).scalar_subquery()
    return cast(func.unhex(func.coalesce(found, an_error())), LargeBinary)


def an_error() -> ColumnElement[Any]:
    """Two rows where one value is wanted: error 1242, as soon as it is needed."""
    return union_all(select(literal("")), select(literal(""))).scalar_subquery()


def install(connection: Connection, secrets: Mapping[str, bytes]) -> None:
    """Committed at once where no transaction is open, so that it outlives the next."""
    driver: Any = connection.connection.driver_connection
    rows = ((name, *(pad.hex() for pad in _pads(secret))) for name, secret in secrets.items())
    lines = "".join("\t".join(row) + "\n" for row in rows)
    with driver.cursor() as cursor, _readable(lines.encode()) as path:
        cursor.execute(_CREATE)
        cursor.execute(f"DELETE FROM {_NAME}")  # noqa: S608  a name of ours
        driver._local_infile = True
        try:
            cursor.execute("LOAD DATA LOCAL INFILE %s INTO TABLE " + _NAME, (path,))
        finally:
            driver._local_infile = False
    if not connection.in_transaction():
        driver.commit()


@contextmanager
def _readable(content: bytes) -> Iterator[str]:
    """A path at which this process alone reads the content, once. Small enough for a pipe to hold all of it."""
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(content)
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    """RFC 2104: a longer secret is replaced by its digest, a shorter one filled up with zeroes."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    key = key.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)
