"""Databases on a server that somebody names by its address; where a database is a file, beside the file it names."""

from __future__ import annotations

import os
import warnings
from itertools import count
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from retention.sql.database import backend_of
from retention.sql.dialects import dialect_named

_NUMBER = count(1)


class ServerByAddress:
    """Makes databases named ``conformance_...`` and takes them away again."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self.backend = backend_of(url)
        self._url = url.set(drivername=dialect_named(self.backend).driver)
        self._made: set[str] = set()

    @property
    def in_files(self) -> bool:
        return not (self._url.host or self._url.query)

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"conformance_{os.getpid()}_{next(_NUMBER)}"
        self._made.add(name)
        if self.in_files:
            self._file(name).touch()
        else:
            self._execute("CREATE DATABASE", name)
        return self._of(name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """With the schema of our own tables, where that is a database of its own. Left for later while somebody is
        still connected."""
        name = make_url(url).database or ""
        name = Path(name).stem if self.in_files else name
        if name not in self._made:
            return
        if self.in_files:
            for file in self._file(name).parent.glob(f"{name}.db*"):
                file.unlink()
        else:
            own = dialect_named(self.backend, name).own_schema or ""
            try:
                for one in {name, own if own.startswith(name) else name}:
                    self._execute("DROP DATABASE IF EXISTS", one)
            except DBAPIError:
                return
        self._made.discard(name)

    def stop(self) -> None:
        """Names what could not be taken away."""
        for name in sorted(self._made):
            self.drop(self._of(name).render_as_string(hide_password=False))
        if self._made:
            warnings.warn(f"databases still in use, and left: {', '.join(sorted(self._made))}", stacklevel=2)

    def _of(self, name: str) -> URL:
        return self._url.set(database=str(self._file(name)) if self.in_files else name)

    def _file(self, name: str) -> Path:
        return Path(self._url.database or "").resolve().parent / f"{name}.db"

    def _execute(self, command: str, name: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"{command} {name}")
        finally:
            engine.dispose()
