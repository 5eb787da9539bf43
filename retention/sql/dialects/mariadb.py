"""MariaDB by PyMySQL: a row as the fence, secrets from a pipe, texts compared by their bytes, our tables in a database
of their own beside each dataset's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    FromClause,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    case,
    cast,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy import text as sql_text
from sqlalchemy.exc import DBAPIError

from retention.model.condition import Scalar
from retention.model.errors import Problem, TransientError, refuse
from retention.model.period import Period
from retention.model.starting_point import Stored
from retention.sql.dialects import mariadb_session as session
from retention.sql.dialects import mariadb_texts as texts
from retention.sql.dialects.base import UUID_TEXT, Dialect
from retention.sql.dialects.mariadb_errors import (
    FORBIDDEN,
    LOCK_TIMEOUTS,
    NO_SUCH_TABLE,
    number_of,
    refuses_a_row,
    why_unreachable,
    without_values,
)
from retention.sql.dialects.mariadb_secrets import an_error, install, keyed_digest
from retention.sql.dialects.mariadb_tables import make_tables_ours
from retention.sql.dialects.mariadb_times import beyond, comparable, readable

_BATCH_LOCK_S = 1  # the smallest that there is
_LONGEST = 64  # of a database's name
_PLACING = "retention_placing"  # key of Connection.info: the name of the lock that this session holds


class MariaDB(Dialect):
    """Batches lock the fence's row in share mode, holds exclusively; InnoDB queues them fairly. READ COMMITTED, or a
    batch would look at the holds as they were before it waited, and lists of rows would lock what they list."""

    name: ClassVar[str] = "mariadb"
    own_prefix: ClassVar[str] = ""
    row_locks: ClassVar[bool] = True
    times_are_text: ClassVar[bool] = False
    one_writer: ClassVar[bool] = False
    driver: ClassVar[str] = "mariadb+pymysql"
    package: ClassVar[str] = "retention-orchestrator[mariadb]"
    nested_once: ClassVar[bool] = False
    self_references_go: ClassVar[bool] = False
    one_look: ClassVar[bool] = True

    def __init__(self, database: str = "") -> None:
        super().__init__(database)
        self.own_schema = own_database(database)
        fence = Table("fence", MetaData(schema=self.own_schema), Column("id", Integer), Column("epoch", BigInteger))
        self._fence = select(fence.c.epoch).where(fence.c.id == 1)

    # -- connections ---------------------------------------------------------------------------------------------

    def grants(self) -> str:
        own = self.own_schema
        return (
            f"as an administrator: CREATE DATABASE {own}; GRANT ALL ON {own}.* TO <user>; "
            "and GRANT SELECT, CREATE TEMPORARY TABLES ON <database>.* TO <user>"
        )

    def prepare_url(self, url: URL, where: str) -> URL:
        return session.prepare_url(url, self.driver, where)

    def configure(self, engine: Engine) -> None:
        make_tables_ours(engine)
        event.listen(engine, "connect", session.prepare_session)
        event.listen(engine, "handle_error", without_values)

    def refuse_unfit(self, engine: Engine, where: str) -> None:
        session.refuse_unfit(engine, where)

    def why_unreachable(self, error: BaseException) -> str:
        return why_unreachable(error)

    def is_forbidden(self, error: BaseException) -> bool:
        return number_of(error) in FORBIDDEN

    def begin_reading(self, connection: Connection) -> None:
        connection.execute(sql_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))

    def begin_verifying(self, connection: Connection) -> None:
        """INSERT ... SELECT into a temporary table would lock the rows that it reads, were they of one state."""
        connection.execute(sql_text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"))

    def begin_writing(self, connection: Connection) -> None:
        _wait_for_locks(connection, session.PATIENCE_S)

    def begin_planning(self, connection: Connection) -> None:
        self.begin_writing(connection)

    def install_secrets(self, connection: Connection, secrets: Mapping[str, bytes]) -> None:
        install(connection, secrets)

    def fence_shared(self, connection: Connection) -> None:
        """Before `retention init` there is no fence, and nothing that a batch may do."""
        self.begin_writing(connection)
        if connection.execute(self._fence.with_for_update(read=True)).first() is None:
            raise refuse(
                "R310",
                "our own tables are not complete in this dataset",
                where=f"database {self.own_schema}",
                remedy="retention init",
            )
        _wait_for_locks(connection, _BATCH_LOCK_S)

    def fence_exclusive(self, connection: Connection) -> None:
        """A named lock besides: making tables commits, and so lets go of the row, which at first is not there."""
        self.begin_writing(connection)
        got = connection.execute(select(func.get_lock(self.own_schema, session.PATIENCE_S))).scalar_one()
        if not got:
            raise TransientError(
                Problem(
                    code="R326",
                    what=f"somebody else has been placing a hold for more than {session.PATIENCE_S} seconds",
                    where=f"database {self.own_schema}",
                    remedy="try again; where it stays so, look for a session that hangs",
                )
            )
        connection.info[_PLACING] = self.own_schema
        try:
            connection.execute(self._fence.with_for_update())
        except DBAPIError as error:
            if number_of(error) not in NO_SUCH_TABLE:
                raise

    def release_fence(self, connection: Connection) -> None:
        """The session's end would let go of it, too."""
        name = connection.info.pop(_PLACING, None)
        driver: Any = None if name is None or connection.invalidated else connection.connection.driver_connection
        if driver is not None:
            with suppress(Exception), driver.cursor() as cursor:
                cursor.execute("SELECT RELEASE_LOCK(%s)", (name,))

    def is_lock_timeout(self, error: BaseException) -> bool:
        return number_of(error) in LOCK_TIMEOUTS

    def refuses_a_row(self, error: DBAPIError) -> bool:
        return refuses_a_row(error)

    def reader_url(self, url: URL) -> URL:
        """Great Expectations knows MariaDB by the name of MySQL alone."""
        return url.set(drivername=self.driver.replace("mariadb", "mysql"))

    def reader_arguments(self) -> dict[str, Any]:
        return session.reader_arguments()

    # -- expressions ---------------------------------------------------------------------------------------------

    def plus(self, day: ColumnElement[Any], period: Period) -> ColumnElement[Any]:
        months, days = period.years * 12 + period.months, period.weeks * 7 + period.days
        moved = func.timestampadd(literal_column("MONTH"), months, day, type_=Date)
        return func.timestampadd(literal_column("DAY"), days, moved, type_=Date)

    def now_ms(self) -> ColumnElement[int]:
        """SQLAlchemy's own SYSDATE takes no argument, and tells whole seconds."""
        now = func.unix_timestamp(literal_column("SYSDATE(6)"))
        return cast(func.floor(now * literal_column("1000")), BigInteger)

    def canonical_text(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        return texts.exact(column if isinstance(column.type, String) else cast(column, String))

    def sha256(self, text: ColumnElement[str]) -> ColumnElement[bytes]:
        return texts.sha256(texts.utf8(text))

    def key_value(self, key: ColumnElement[str], column: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """Comparing a UUID with a text that is none is an error where the statement writes."""
        if getattr(column.type, "spelling", "").upper() == "UUID":
            return case((key.regexp_match(UUID_TEXT), key))
        return super().key_value(key, column)

    def keyed_digest(self, secret: str, text: ColumnElement[str]) -> ColumnElement[bytes]:
        return keyed_digest(secret, text)

    def bytes_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[bytes]:
        return func.substr(digest, offset + 1, length, type_=LargeBinary)

    def hex_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[str]:
        return func.lower(func.hex(self.bytes_of(digest, offset, length)), type_=String)

    def number_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[int]:
        return cast(func.conv(func.hex(self.bytes_of(digest, offset, length)), 16, 10), BigInteger)

    def rows_digest(
        self, rows: FromClause, text: ColumnElement[str], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[str]:
        """An error where the rows are more than max_allowed_packet lets the server put together: it would cut them."""
        line = func.concat(texts.utf8(text), "\n")
        lines = func.coalesce(texts.JoinedRows(line, *order_by), "")
        whole = func.coalesce(func.sum(func.octet_length(line)), 0) == func.octet_length(lines)
        digest = func.coalesce(func.sha2(lines, 256), hashlib.sha256().hexdigest())
        return select(cast(case((whole, digest), else_=an_error()), String)).select_from(rows)

    def rows_bytes(
        self, rows: FromClause, item: ColumnElement[bytes], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[bytes]:
        joined = func.coalesce(texts.JoinedRows(item, *order_by), "")
        whole = func.coalesce(func.sum(func.octet_length(item)), 0) == func.octet_length(joined)
        return select(cast(case((whole, joined), else_=an_error()), LargeBinary)).select_from(rows)

    def bytewise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return texts.exact(text)

    def exact(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text if isinstance(text.type, Integer | Numeric | Boolean | Date | DateTime) else texts.exact(text)

    def length(self, text: ColumnElement[str]) -> ColumnElement[int]:
        return func.char_length(text)

    def listed(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """Of a LONGTEXT no table of the list is made: the whole list would be read for each value."""
        return texts.exact(cast(text, String(255)))

    def left_trimmed(self, text: ColumnElement[str], characters: str) -> ColumnElement[str]:
        return func.regexp_replace(text, f"^[{characters}]+", "", type_=String)

    def right_trimmed(self, text: ColumnElement[str], characters: str) -> ColumnElement[str]:
        return func.regexp_replace(text, rf"[{characters}]+\z", "", type_=String)

    def quotient(self, number: ColumnElement[int], divisor: int) -> ColumnElement[int]:
        """A quotient by / has four digits after its point, and is rounded."""
        return number.op("DIV")(divisor)

    def year_start(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(func.makedate(func.year(column), 1), Date if isinstance(column.type, Date) else DateTime)

    def position(self, text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.locate(part, text, type_=Integer)

    def contacts(self, text: ColumnElement[str]) -> tuple[FromClause, ColumnElement[str]]:
        return texts.contacts(text)

    def readable(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool] | None:
        return readable(column, stored)

    def beyond(self, column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
        return beyond(column, sentinel)

    def comparable(self, column: ColumnElement[Any], constant: Scalar) -> ColumnElement[bool] | None:
        return comparable(column, constant)

    # -- statements ----------------------------------------------------------------------------------------------

    def pages_left(self, connection: Connection) -> None:
        """Purging is the server's own business."""

    def gather_statistics(self, connection: Connection, table: Table) -> None:
        """InnoDB counts the rows of a table as they come; ANALYZE would commit."""


def own_database(database: str) -> str:
    """Of our own tables: one for each dataset's database, as two datasets on a server must not share them."""
    name = f"{database}_retention"
    if len(name) <= _LONGEST:
        return name
    return f"{database[:40]}_{hashlib.sha256(database.encode()).hexdigest()[:8]}_retention"


def _wait_for_locks(connection: Connection, seconds: int) -> None:
    """For rows, and for tables that somebody alters."""
    connection.execute(
        sql_text("SET innodb_lock_wait_timeout = :seconds, lock_wait_timeout = :seconds"), {"seconds": seconds}
    )
