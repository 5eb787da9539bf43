"""The copies of pools in a dataset: immutable versions, each with the digest of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from retention.model.errors import RetentionError, refuse
from retention.sql.control.records import Pool
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables


def content_digest(values: Iterable[str]) -> str:
    """SHA-256 in lower-case hex over the values, each followed by a line feed, in their order."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(f"{value}\n".encode())
    return digest.hexdigest()


def copy_pool(connection: Connection, own: OwnTables, dialect: Dialect, pool: Pool) -> None:
    """Copy one version, if it is not there yet. Raises RetentionError R345 where something else is there."""
    there = pool_digest_of(connection, own, pool.name, pool.version)
    if there == pool.digest:
        return
    if there is not None:
        raise _differs(pool)
    connection.execute(
        insert(own.pool).values(
            name=pool.name, version=pool.version, size=len(pool.values), digest=pool.digest, faker=pool.faker
        )
    )
    rows = [
        {"name": pool.name, "version": pool.version, "position": position, "value": value}
        for position, value in enumerate(pool.values)
    ]
    connection.execute(insert(own.pool_value), rows)
    dialect.gather_statistics(connection, own.pool_value)


def pool_digest_of(connection: Connection, own: OwnTables, name: str, version: int) -> str | None:
    """The digest of what the dataset holds now; None: nothing of this version; empty: what no pool can be.

    Computed from the values: what was recorded once proves nothing about what stands there today."""
    size = connection.execute(
        select(own.pool.c.size).where(own.pool.c.name == name, own.pool.c.version == version)
    ).scalar()
    held = own.pool_value.c
    rows = connection.execute(
        select(held.position, held.value).where(held.name == name, held.version == version).order_by(held.position)
    ).all()
    if size is None and not rows:
        return None
    if [row.position for row in rows] != list(range(size or 0)):
        return ""
    return content_digest(row.value for row in rows)


def _differs(pool: Pool) -> RetentionError:
    return refuse(
        "R345",
        f"the dataset's copy of version {pool.version} of the pool {pool.name} is not the one of the control store: "
        "people would get other pseudonyms than before",
        where=f"pool {pool.name}",
        remedy="find out who changed our tables pool and pool_value; then delete this version from both, and the next "
        "run copies it anew",
    )
