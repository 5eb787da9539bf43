"""Servers and databases of MariaDB that cannot keep a control store, though they answer."""

from __future__ import annotations

from sqlalchemy import URL, Connection, text

from retention.model.errors import refuse
from retention.sql.control import failures
from retention.sql.control.tables import METADATA, VERSION_TABLE
from retention.sql.dialects.mariadb_session import refuse_unreliable

_TABLES = text("SELECT table_name AS name, engine FROM information_schema.tables WHERE table_schema = DATABASE()")
_TRANSACTIONAL = "InnoDB"


def refuse_unfit(connection: Connection, url: URL) -> None:
    """Raises RetentionError R318, R323, R324 for a server on which no lock or transaction of ours could be relied on,
    R350 for a store of which a table keeps what was rolled back."""
    refuse_unreliable(connection, failures.place(url))
    for name, engine in connection.execute(_TABLES):
        if name in {table.name for table in METADATA.tables.values()} and engine != _TRANSACTIONAL:
            raise refuse(
                "R350",
                f"its table {name} is kept by {engine}, which takes nothing back: half a change could stay",
                where=failures.place(url),
                remedy=f"ALTER TABLE {name} ENGINE={_TRANSACTIONAL}, or restore the copy in which it is kept so",
            )


def refuse_shared(connection: Connection, url: URL) -> None:
    """Before a store is made: a table that is there already would be taken for ours. Raises RetentionError R350."""
    names = {name for name, _ in connection.execute(_TABLES)}
    if names and VERSION_TABLE not in names:
        raise refuse(
            "R350",
            "the database that the address names holds other tables; a control store has one of its own",
            where=failures.place(url),
            remedy="CREATE DATABASE retention_control, and name it in the address",
        )
