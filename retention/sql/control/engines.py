"""The engines behind the control store's address: one for each kind of database that can keep it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from retention.model.errors import RetentionError, refuse
from retention.sql.control import failures
from retention.sql.control.tables import SCHEMA
from retention.sql.dialects import mariadb_session
from retention.sql.dialects.mariadb_errors import without_values
from retention.sql.dialects.mariadb_tables import make_tables_repeatably

BUSY_SECONDS = 30
BEGIN = "retention_begin"  # the statement with which a connection of SQLite begins a transaction; empty: none
_POSTGRESQL, _MARIADB = "postgresql+psycopg", "mariadb+pymysql"
_DRIVERS = {"postgresql": _POSTGRESQL, "postgres": _POSTGRESQL} | dict.fromkeys(
    ("mariadb", "mysql", "mysql+pymysql"), _MARIADB
)
_VALID = ("sqlite", "sqlite+pysqlite", _POSTGRESQL, _MARIADB)


def parsed(address: str) -> URL:
    """Raises RetentionError R350 for an address of no use."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise _no_address("the control store's address is not an SQLAlchemy URL") from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in _VALID:
        raise _no_address(f"a control store cannot be kept in {url.drivername}; valid are {', '.join(_VALID)}")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise failures.cannot_open(url, "a control store in memory would be forgotten")
    if url.drivername == _MARIADB and not url.database:
        raise failures.cannot_open(url, "the address names no database")
    return url


def engine_of(url: URL) -> Engine:
    """Opens nothing yet. The tables stand in a schema of their own on PostgreSQL, else in what the address names."""
    made = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}[url.get_backend_name()](url)
    failures.tell(made, url)
    if url.get_backend_name() == "postgresql":
        return made
    return made.execution_options(schema_translate_map={SCHEMA: None})


def _no_address(what: str) -> RetentionError:
    return refuse("R350", what, where="$RETENTION_CONTROL_URL", remedy=f"write {failures.ADDRESSES}")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    engine = _of_server(url, "PostgreSQL", "postgres", connect_args={"connect_timeout": 10})
    event.listen(engine, "connect", _configure_postgresql)
    return engine


def _mariadb(url: URL) -> Engine:
    """READ COMMITTED, so that who waited for the writers' lock sees what the one before wrote."""
    address = mariadb_session.prepare_url(url, _MARIADB, failures.place(url))
    engine = _of_server(address, "MariaDB", "mariadb", isolation_level="READ COMMITTED")
    make_tables_repeatably(engine)
    event.listen(engine, "connect", mariadb_session.prepare_session)
    event.listen(engine, "handle_error", without_values)
    return engine


def _of_server(url: URL, kind: str, extra: str, **options: Any) -> Engine:
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, **options)
    except ModuleNotFoundError as error:
        raise refuse(
            "R350",
            f"the driver {error.name} for {kind} is not installed",
            where=failures.place(url),
            remedy=f"pip install 'retention-orchestrator[{extra}]'",
        ) from None


def _configure_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get(BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _configure_postgresql(connection: Any, record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()
