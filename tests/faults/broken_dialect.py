"""A dialect of SQLite that breaks two promises, as a plugin of pytest: the conformance suite must find these two.

Its fence keeps nobody out, and its clock tells whole seconds.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection
from sqlalchemy.types import BigInteger

from retention.sql.dialects.sqlite import SQLite

_exact = SQLite.now_ms


def _nobody_waits(dialect: SQLite, connection: Connection) -> None:
    """The transaction that has begun is left as it is: SQLite locks nothing before the first write."""


def _whole_seconds(dialect: SQLite) -> ColumnElement[int]:
    return (_exact(dialect) // 1000 * 1000).cast(BigInteger)


SQLite.fence_shared = SQLite.fence_exclusive = _nobody_waits
SQLite.now_ms = _whole_seconds
