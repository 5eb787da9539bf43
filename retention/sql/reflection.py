"""The schema of a dataset as its database has it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from retention.model.schema import Schema, Table
from retention.sql import catalog_mariadb, catalog_postgresql, catalog_sqlite
from retention.sql.database import Database

_CATALOGS: dict[str, Callable[[Connection, str | None], Iterator[Table]]] = {
    "mariadb": catalog_mariadb.tables,
    "postgresql": catalog_postgresql.tables,
    "sqlite": catalog_sqlite.tables,
}


def reflect(connection: Connection, database: Database) -> Schema:
    """All tables of the dataset but our own; views left out, of partitioned tables the parent alone."""
    dialect = database.dialect
    found = _CATALOGS[dialect.name](connection, database.dataset.schema)
    tables = {table.name: table for table in found if not _is_own(table.name, database)}
    return Schema(dialect=dialect.name, tables=tables)


def _is_own(name: str, database: Database) -> bool:
    prefix = database.dialect.own_prefix
    return bool(prefix) and name.startswith(prefix)
