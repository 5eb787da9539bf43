"""SQLite: one writer, dates as text, foreign keys that must be asked for."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    cast,
    event,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError

from retention.model.condition import Scalar
from retention.model.errors import Problem, TransientError, refuse
from retention.model.period import Period
from retention.model.starting_point import Stored
from retention.sql.dialects.base import Dialect
from retention.sql.dialects.sqlite_functions import Secrets, register
from retention.sql.dialects.sqlite_times import readable
from retention.sql.dialects.turnstile import Turnstile

_PATIENCE_MS = 30_000  # for the write lock; batches are short
_CACHE_KIB = 32_768
_SECRETS, _TURNSTILE = "retention_secrets", "retention_turnstile"  # keys of Connection.info
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_OF_A_ROW = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG}  # RAISE() is a constraint
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN}


class SQLite(Dialect):
    """BEGIN IMMEDIATE is both sides of the fence; the turnstile lets a waiting hold in before newcomers."""

    name: ClassVar[str] = "sqlite"
    own_schema: str | None = None
    own_prefix: ClassVar[str] = "retention_"
    row_locks: ClassVar[bool] = False
    times_are_text: ClassVar[bool] = True
    one_writer: ClassVar[bool] = True
    driver: ClassVar[str] = "sqlite+pysqlite"
    package: ClassVar[str] = ""

    # -- connections ---------------------------------------------------------------------------------------------

    def grants(self) -> str:
        return "let this user write the file and the folder in which it lies"

    def prepare_url(self, url: URL, where: str) -> URL:
        """SQLite would make an empty database for a path that is wrong, and keep one without a file in memory."""
        if not url.database or url.database == ":memory:" or url.query:
            raise refuse(
                "R315",
                "the address does not name a SQLite file",
                where=where,
                remedy="write sqlite:////path/to/file.db, without anything after the path",
            )
        if not Path(url.database).is_file():
            raise TransientError(
                Problem(
                    code="R301",
                    what="the SQLite file that the address names does not exist",
                    where=where,
                    remedy="correct the path; four slashes begin an absolute one, three a relative one",
                )
            )
        return url.set(drivername=self.driver)

    def configure(self, engine: Engine) -> None:
        event.listen(engine, "connect", _open)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))

    def refuse_unfit(self, engine: Engine, where: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")

    def why_unreachable(self, error: BaseException) -> str:
        match _code(error):
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                return "the file is not a SQLite database, or is damaged"
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                return "the file cannot be opened by this user"
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return "another program keeps the file locked"
        return "the file cannot be read"

    def is_forbidden(self, error: BaseException) -> bool:
        return _code(error) in _FORBIDDEN

    def begin_reading(self, connection: Connection) -> None:
        """BEGIN, which every transaction starts with, takes its state at the first read."""

    def begin_writing(self, connection: Connection) -> None:
        """As a batch: it could not become a writer later, once another has written."""
        self.fence_shared(connection)

    def begin_planning(self, connection: Connection) -> None:
        self.fence_shared(connection)

    def install_secrets(self, connection: Connection, secrets: Mapping[str, bytes]) -> None:
        installed: Secrets = connection.info[_SECRETS]
        installed.install(secrets)

    def fence_shared(self, connection: Connection) -> None:
        turnstile: Turnstile = connection.info[_TURNSTILE]
        turnstile.take()
        try:
            _begin_immediate(connection)
        finally:
            turnstile.let_go()

    def fence_exclusive(self, connection: Connection) -> None:
        turnstile: Turnstile = connection.info[_TURNSTILE]
        turnstile.take()
        _begin_immediate(connection)

    def release_fence(self, connection: Connection) -> None:
        turnstile: Turnstile = connection.info[_TURNSTILE]
        turnstile.let_go()

    def is_lock_timeout(self, error: BaseException) -> bool:
        return _code(error) in _BUSY

    def refuses_a_row(self, error: DBAPIError) -> bool:
        return _code(error) in _OF_A_ROW

    def reader_arguments(self) -> dict[str, Any]:
        return {"timeout": _PATIENCE_MS / 1000}

    # -- expressions ---------------------------------------------------------------------------------------------

    def plus(self, day: ColumnElement[Any], period: Period) -> ColumnElement[Any]:
        months, days = period.years * 12 + period.months, period.weeks * 7 + period.days
        return func.retention_plus(day, months, days, type_=String)

    def now_ms(self) -> ColumnElement[int]:
        return cast((func.julianday("now") - 2440587.5) * 86_400_000, BigInteger)

    def canonical_text(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        return cast(column, String)

    def key_value(self, key: ColumnElement[str], column: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """A text that is no number is cast to 0 or to what it begins with; its text tells it apart."""
        return cast(key, Integer) if isinstance(column.type, Integer) else key

    def sha256(self, text: ColumnElement[str]) -> ColumnElement[bytes]:
        return func.retention_sha256(text, type_=LargeBinary)

    def keyed_digest(self, secret: str, text: ColumnElement[str]) -> ColumnElement[bytes]:
        return func.retention_digest(secret, text, type_=LargeBinary)

    def bytes_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[bytes]:
        return func.substr(digest, offset + 1, length, type_=LargeBinary)

    def hex_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[str]:
        return func.lower(func.hex(self.bytes_of(digest, offset, length)), type_=String)

    def number_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[int]:
        return func.retention_number(digest, offset, length, type_=Integer)

    def rows_digest(
        self, rows: FromClause, text: ColumnElement[str], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[str]:
        """SQLite keeps the order of a sub-query for an aggregate around it, and before 3.44 knows no other way."""
        ordered = select(text.label("item")).select_from(rows).order_by(*order_by).subquery("ordered")
        digest = func.retention_rows_digest(ordered.c.item, type_=String)
        return select(func.coalesce(digest, hashlib.sha256().hexdigest(), type_=String))  # NULL over no rows

    def rows_bytes(
        self, rows: FromClause, item: ColumnElement[bytes], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[bytes]:
        ordered = select(item.label("item")).select_from(rows).order_by(*order_by).subquery("ordered")
        joined = func.retention_rows_bytes(ordered.c.item, type_=LargeBinary)
        return select(func.coalesce(joined, b"", type_=LargeBinary))

    def bytewise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text

    def position(self, text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.instr(text, part, type_=Integer)

    def contacts(self, text: ColumnElement[str]) -> tuple[FromClause, ColumnElement[str]]:
        found = func.json_each(func.retention_contacts(text)).table_valued(Column("value", String))
        return found, found.c.value

    def readable(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool] | None:
        return readable(column, stored)

    def comparable(self, column: ColumnElement[Any], constant: Scalar) -> ColumnElement[bool] | None:
        match constant:
            case date():
                return readable(column, Stored.DATE)
            case bool():
                return func.typeof(column) == "integer"
            case str():
                return func.typeof(column) == "text"
        return func.typeof(column).in_(("integer", "real"))

    # -- statements ----------------------------------------------------------------------------------------------

    def pages_left(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if driver is None:
            raise AssertionError("a connection that is closed has no pages")
        busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise TransientError(
                Problem(
                    code="R316",
                    what="the write-ahead log cannot be emptied: what was deleted may still be read in it",
                    where="SQLite file",
                    remedy="end the program that keeps a transaction open on the file, then try again",
                )
            )

    def gather_statistics(self, connection: Connection, table: Table) -> None:
        """SQLite would make a table of its own for them in the dataset, and does without."""


def _open(driver: sqlite3.Connection, record: Any) -> None:
    driver.isolation_level = None  # the driver would begin and commit by itself; we say BEGIN
    driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
    try:
        driver.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in _FORBIDDEN:
            raise  # a file that may only be read is read as it is
    driver.execute("PRAGMA foreign_keys = ON")
    driver.execute("PRAGMA secure_delete = ON")
    driver.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    path = driver.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    record.info[_SECRETS] = register(driver)
    record.info[_TURNSTILE] = Turnstile(f"{path}.turnstile")


def _begin_immediate(connection: Connection) -> None:
    """Instead of the deferred transaction that has just begun and not read anything yet."""
    connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code: int | None = getattr(original, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
