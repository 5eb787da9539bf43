"""Where the benchmark's databases live: SQLite files, or a PostgreSQL server of its own that really writes to disk."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from tests.database_servers import PostgreSQLServer


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


@contextmanager
def server_of(kind: str, folder: Path) -> Iterator[Server]:
    if kind == "sqlite":
        yield SQLiteFiles(folder)
        return
    server = PostgreSQLServer(folder)
    try:
        yield PostgreSQLDatabases(server)
    finally:
        server.stop()
