"""A MariaDB server of the test run's own, from the system's mariadbd; or databases on one that runs elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import closing
from getpass import getuser
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

NO_MARIADB = "no MariaDB: apt install mariadb-server (mariadbd), or set RETENTION_TEST_MARIADB_URL"
ELSEWHERE = "RETENTION_TEST_MARIADB_URL"  # mariadb+pymysql://root:..@host:3306/, of a user who may do everything
PATIENCE = 60  # seconds in which a server must start
_NUMBER = count(1)
# Comparisons as most servers have them, and nothing that would outlive a test run is waited for.
_SETTINGS = (
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_general_ci",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--max-connections=60",
    "--performance-schema=OFF",
    "--skip-networking",
    "--skip-name-resolve",
)


def is_there() -> bool:
    return ELSEWHERE in os.environ or (_program("mariadbd") is not None and _program("mariadb-install-db") is not None)


def _program(name: str) -> str | None:
    """Debian keeps servers where only root's path leads."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class MariaDBServer:
    """Listens on a socket in the file system alone, and is gone with the test run."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self._prefix = f"test_{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = folder
        if ELSEWHERE in os.environ:
            self._server = make_url(os.environ[ELSEWHERE]).set(drivername="mariadb+pymysql")
            return
        socket = folder / "server.sock"
        query = {"unix_socket": str(socket), "ssl_disabled": "true"}
        self._server = URL.create("mariadb+pymysql", username="root", host="localhost", query=query)
        self._start(folder, socket, settings)

    def _start(self, folder: Path, socket: Path, settings: tuple[str, ...]) -> None:
        (folder / "tmp").mkdir()  # a server that starts clears its folder of temporary tables, another's too
        folders = (f"--datadir={folder / 'data'}", f"--tmpdir={folder / 'tmp'}")
        data = ("--no-defaults", *folders, f"--user={getuser()}", *_SETTINGS)
        with (folder / "server.log").open("wb") as log:
            install = [str(_program("mariadb-install-db")), *data, "--auth-root-authentication-method=normal"]
            subprocess.run([*install, "--skip-test-db"], stdout=log, stderr=log, check=True)
            serve = [str(_program("mariadbd")), *data, *settings, f"--socket={socket}", f"--pid-file={folder / 'pid'}"]
            self._process = subprocess.Popen(serve, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.execute("SELECT 1")
                return
            except OSError:
                pass
            except Exception as error:
                if "connect" not in str(error).lower():
                    raise
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"mariadbd did not start:\n{(folder / 'server.log').read_text()[-2000:]}")
            time.sleep(0.05)

    def url(self, database: str, user: str | None = None) -> str:
        """``user``: without a password; left out: who may do everything."""
        url = self._server.set(database=database)
        return (url if user is None else url.set(username=user)).render_as_string(hide_password=False)

    def execute(self, statement: str, database: str | None = None) -> list[tuple[Any, ...]]:
        import pymysql

        at = self._server
        place: dict[str, Any] = {"host": at.host, "port": at.port or 3306}
        if "unix_socket" in at.query:
            place = {"unix_socket": at.query["unix_socket"], "ssl_disabled": True}
        connection = pymysql.connect(
            user=at.username, password=at.password or "", database=database, autocommit=True, charset="utf8mb4", **place
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"{self._prefix}_{next(_NUMBER)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """With what stands beside it: the server gets slower by each that it has."""
        for name in (make_url(url).database, f"{make_url(url).database}_retention"):
            self.execute(f"DROP DATABASE IF EXISTS {name}")

    def stop(self) -> None:
        if self._process is None:
            for (name,) in self.execute(f"SHOW DATABASES LIKE '{self._prefix}\\_%'"):
                self.execute(f"DROP DATABASE {name}")
            return
        self._process.kill()  # nothing of it is kept
        self._process.wait()
