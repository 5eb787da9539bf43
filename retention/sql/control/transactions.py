"""The control store's connections: one writer at a time, whatever the number of processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, func, select, text
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.schema import CreateSchema

from retention.sql.control import failures, unfit
from retention.sql.control.engines import BEGIN, BUSY_SECONDS, engine_of, parsed
from retention.sql.control.tables import SCHEMA, deployment
from retention.sql.dialects.mariadb_session import no_mariadb

INIT_LOCK = 7_274_496_201_553  # advisory lock of PostgreSQL: one process makes or migrates the store


@dataclass(frozen=True)
class Transactions:
    """How the groups of operations reach the store."""

    url: URL
    engine: Engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction; it waits for other writers, sees what they committed, and commits at the end."""
        with self._writing() as connection:
            if not self.one_file:
                connection.execute(select(deployment.c.id).with_for_update())
            yield connection

    @contextmanager
    def making(self) -> Iterator[Connection]:
        """A write transaction in which one process at a time makes the store or brings it to another form: before the
        deployment's row is there. On MariaDB each table that is made commits, and the lock goes when the store is
        closed. Raises TransientError R355."""
        with self._writing() as connection:
            if self.schema is not None:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": INIT_LOCK})
                connection.execute(CreateSchema(self.schema, if_not_exists=True))
            elif not self.one_file:
                lock = hashlib.sha256(f"retention_control {self.url.database}".encode()).hexdigest()
                if connection.execute(select(func.get_lock(lock, BUSY_SECONDS))).scalar_one() != 1:
                    raise failures.busy(self.url)
                unfit.refuse_shared(connection, self.url)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction that sees one state of the store throughout."""
        options: dict[str, object] = {} if self.one_file else {"isolation_level": "REPEATABLE READ"}
        with self._connection(**options) as connection:
            yield connection  # begins with the first statement; rolled back when the connection goes back

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._connection(**{BEGIN: "BEGIN IMMEDIATE"}) as connection, connection.begin():
            yield connection

    def _connection(self, **options: object) -> Connection:
        try:
            return self.engine.connect().execution_options(**options)
        except InvalidRequestError:  # of SQLAlchemy, which expected MariaDB
            raise no_mariadb(failures.place(self.url)) from None

    def refuse_unfit(self, connection: Connection) -> None:
        """Look at the server once. Raises RetentionError R318, R323, R324, R350 where MariaDB, as it is set up, cannot
        keep the store."""
        if self.url.get_backend_name() == "mariadb":
            unfit.refuse_unfit(connection, self.url)

    @property
    def one_file(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def schema(self) -> str | None:
        """Of the tables; None: of what the address names."""
        return SCHEMA if self.url.get_backend_name() == "postgresql" else None

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
    url = parsed(address)
    return Transactions(url, engine_of(url))


def is_missing_file(url: URL) -> bool:
    """Whether opening would make a new SQLite file. An address in SQLite's own URI form is not looked into."""
    path = url.database or ""
    return url.get_backend_name() == "sqlite" and not path.startswith("file:") and not Path(path).is_file()
