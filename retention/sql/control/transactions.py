"""The control store's connections: one writer at a time, whatever the number of processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError

from retention.model.errors import refuse
from retention.sql.control import failures
from retention.sql.control.tables import SCHEMA, deployment

BUSY_SECONDS = 30
BEGIN = "retention_begin"  # the statement with which a connection of SQLite begins a transaction; empty: none


@dataclass(frozen=True)
class Transactions:
    """How the groups of operations reach the store."""

    url: URL
    engine: Engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction; it waits for other writers, sees what they committed, and commits at the end."""
        with self.raw() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(deployment.c.id).with_for_update())
            yield connection

    @contextmanager
    def raw(self) -> Iterator[Connection]:
        """A write transaction without the writers' lock on PostgreSQL: before the deployment's row is there."""
        with self._connection(**{BEGIN: "BEGIN IMMEDIATE"}) as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction that sees one state of the store throughout."""
        options: dict[str, object] = {} if self.one_file else {"isolation_level": "REPEATABLE READ"}
        with self._connection(**options) as connection:
            yield connection  # begins with the first statement; rolled back when the connection goes back

    def _connection(self, **options: object) -> Connection:
        return self.engine.connect().execution_options(**options)

    @property
    def one_file(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def forget_deleted(self) -> None:
        """SQLite: let neither the file nor its write-ahead log keep what was overwritten."""
        if self.one_file:
            self._pragma("wal_checkpoint(TRUNCATE)")

    def keep_readers_and_writer_apart(self) -> None:
        """SQLite: neither waits for the other from now on; the setting stays in the file."""
        if self.one_file and self._pragma("journal_mode") != "wal":
            self._pragma("journal_mode=WAL")

    def _pragma(self, pragma: str) -> object:
        with self._connection(**{BEGIN: ""}) as connection:
            return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()

    def close(self) -> None:
        self.engine.dispose()


def connect(address: str) -> Transactions:
    """Opens nothing yet. Raises RetentionError R350 for an address of no use."""
    url = _parsed(address)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        failures.tell(engine, url)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return Transactions(url, engine.execution_options(schema_translate_map={SCHEMA: None}))
    try:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except ModuleNotFoundError as error:
        raise refuse(
            "R350",
            f"the driver {error.name} for PostgreSQL is not installed",
            where=failures.place(url),
            remedy="pip install 'retention-orchestrator[postgres]'",
        ) from None
    failures.tell(engine, url)
    event.listen(engine, "connect", _configure_postgresql)
    return Transactions(url, engine)


def is_missing_file(url: URL) -> bool:
    """Whether opening would make a new SQLite file. An address in SQLite's own URI form is not looked into."""
    path = url.database or ""
    return url.get_backend_name() == "sqlite" and not path.startswith("file:") and not Path(path).is_file()


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        raise refuse(
            "R350",
            "the control store's address is not an SQLAlchemy URL",
            where="$RETENTION_CONTROL_URL",
            remedy="write sqlite:////path/to/control.db or postgresql+psycopg://user@host/name",
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise refuse(
            "R350",
            f"a control store cannot be kept in {url.drivername}; valid are sqlite, postgresql+psycopg",
            where="$RETENTION_CONTROL_URL",
            remedy="write sqlite:////path/to/control.db or postgresql+psycopg://user@host/name",
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise failures.cannot_open(url, "a control store in memory would be forgotten")
    return url


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
