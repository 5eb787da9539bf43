"""Where the benchmark's databases live: SQLite files, or a server of its own that really writes to disk."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import NullPool, create_engine, make_url

from tests.database_servers import PostgreSQLServer
from tests.mariadb_server import MariaDBServer, is_there

DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-flush-method=fsync",
    "--innodb-doublewrite=1",
    "--innodb-buffer-pool-size=512M",
    "--innodb-log-file-size=256M",
)
PATIENCE = 60  # seconds in which changed pages must be on disk


def kinds() -> tuple[str, ...]:
    """What can be measured on this machine."""
    return ("sqlite", "postgresql", *(("mariadb",) if is_there() else ()))


class Server(Protocol):
    def url(self, name: str) -> str:
        """The address of a database that is there, or, on SQLite, will be."""

    def make(self, name: str) -> None: ...

    def copy(self, name: str, into: str) -> None: ...

    def settle(self, *names: str) -> None:
        """Statistics as they would be, and nothing left to be written from what went before."""


class SQLiteFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._path(name)}"

    def make(self, name: str) -> None:
        """Building makes the file."""

    def copy(self, name: str, into: str) -> None:
        shutil.copy(self._path(name), self._path(into))

    def settle(self, *names: str) -> None:
        for name in names:
            with closing(sqlite3.connect(self._path(name))) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgreSQLDatabases:
    def __init__(self, server: PostgreSQLServer) -> None:
        self._server = server
        server.execute("ALTER SYSTEM RESET ALL")
        server.execute("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        return self._server.url(name)

    def make(self, name: str) -> None:
        self._server.execute(f"CREATE DATABASE {name}")

    def copy(self, name: str, into: str) -> None:
        self._server.execute(f"CREATE DATABASE {into} TEMPLATE {name}")

    def settle(self, *names: str) -> None:
        for name in names:
            self._server.execute("VACUUM ANALYZE", name)
        self._server.execute("CHECKPOINT")


class MariaDBDatabases:
    """Under names of the server's own making, as it may be one with other databases."""

    def __init__(self, server: MariaDBServer) -> None:
        self._server = server
        self._urls: dict[str, str] = {}

    def url(self, name: str) -> str:
        return self._urls[name]

    def make(self, name: str) -> None:
        self._urls[name] = self._server.fresh()

    def copy(self, name: str, into: str) -> None:
        """CREATE TABLE ... LIKE would leave out foreign keys."""
        self.make(into)
        source = self._database(name)
        engine = create_engine(self._urls[into], poolclass=NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "SET foreign_key_checks = 0, sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')"
            )
            for table in self._tables(name):
                made = connection.exec_driver_sql(f"SHOW CREATE TABLE {source}.{table}").one()
                connection.exec_driver_sql(made[1])
                connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM {source}.{table}")

    def settle(self, *names: str) -> None:
        for name in names:
            for table in self._tables(name):
                self._server.execute(f"ANALYZE TABLE {table}", self._database(name))
        ((usual,),) = self._server.execute("SELECT @@innodb_max_dirty_pages_pct")
        self._server.execute("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        until = time.monotonic() + PATIENCE
        while self._changed_pages() and time.monotonic() < until:
            time.sleep(0.05)
        self._server.execute(f"SET GLOBAL innodb_max_dirty_pages_pct = {usual}")

    def _changed_pages(self) -> int:
        ((_, pages),) = self._server.execute("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")
        return int(pages)

    def _database(self, name: str) -> str:
        return str(make_url(self._urls[name]).database)

    def _tables(self, name: str) -> list[str]:
        return [f"`{table}`" for (table,) in self._server.execute("SHOW TABLES", self._database(name))]


@contextmanager
def server_of(kind: str, folder: Path) -> Iterator[Server]:
    if kind == "sqlite":
        yield SQLiteFiles(folder)
        return
    server: MariaDBServer | PostgreSQLServer
    server = MariaDBServer(folder, *DURABLE) if kind == "mariadb" else PostgreSQLServer(folder)
    try:
        yield MariaDBDatabases(server) if isinstance(server, MariaDBServer) else PostgreSQLDatabases(server)
    finally:
        server.stop()
