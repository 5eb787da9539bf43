"""PostgreSQL by psycopg 3: advisory locks for the fence, secrets in a temporary table, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import (
    TIMESTAMP,
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    cast,
    event,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.exc import DBAPIError

from retention.model.condition import Scalar
from retention.model.errors import refuse
from retention.model.period import Period
from retention.model.starting_point import Stored
from retention.sql.dialects.base import Dialect
from retention.sql.dialects.postgresql_errors import (
    FORBIDDEN,
    LOCK_TIMEOUTS,
    OF_NO_ROW,
    state_of,
    why_unreachable,
    without_values,
)
from retention.sql.dialects.postgresql_secrets import install, pads
from retention.sql.dialects.postgresql_times import beyond, readable

_FENCE = (0x5265_7465, 1)  # two numbers that nobody else is likely to use for an advisory lock
# An e-mail address, or what may be a telephone number: seven digits or more, with what people write between them.
_CONTACT = "[[:alnum:]_+][[:alnum:]_.%+'-]*@[[:alnum:]_-]+(?:\\.[[:alnum:]_-]+)+|[+(]?[0-9][0-9 ()./\u00a0-]{5,}[0-9]"
_BATCH_LOCK_MS = 200
_PATIENCE_MS = 60_000  # for the fence, and for our own tables
_CONNECT_S = 10
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "default_transaction_isolation": "read committed",
    "lock_timeout": f"{_PATIENCE_MS}ms",
    "jit": "off",  # it takes longer than our statements
}


class PostgreSQL(Dialect):
    """Batches take the shared side of an advisory lock, holds the exclusive side; PostgreSQL queues them fairly."""

    name: ClassVar[str] = "postgresql"
    own_schema: str | None = "retention"
    own_prefix: ClassVar[str] = ""
    row_locks: ClassVar[bool] = True
    times_are_text: ClassVar[bool] = False
    one_writer: ClassVar[bool] = False
    driver: ClassVar[str] = "postgresql+psycopg"
    package: ClassVar[str] = "retention-orchestrator[postgres]"

    # -- connections ---------------------------------------------------------------------------------------------

    def grants(self) -> str:
        return (
            f"as the owner: CREATE SCHEMA {self.own_schema} AUTHORIZATION <user>; or GRANT CREATE ON DATABASE "
            "<database> TO <user>; and GRANT TEMPORARY ON DATABASE <database> TO <user>"
        )

    def prepare_url(self, url: URL, where: str) -> URL:
        url = url.set(drivername=self.driver)
        return url if "connect_timeout" in url.query else url.update_query_dict({"connect_timeout": str(_CONNECT_S)})

    def configure(self, engine: Engine) -> None:
        event.listen(engine, "connect", _prepare_session)
        event.listen(engine, "handle_error", without_values)

    def refuse_unfit(self, engine: Engine, where: str) -> None:
        """A server process that two connections share between their statements keeps no lock for either."""
        with engine.connect() as one, engine.connect() as other:
            first = _backend(one)
            one.rollback()  # a pooler may now give the process to the next who asks
            second = _backend(other)
        if first == second:
            raise refuse(
                "R314",
                "a pooler shares the server's sessions between statements: locks and temporary tables would not hold",
                where=where,
                remedy="name the server itself, or a pool in session mode",
            )

    def why_unreachable(self, error: BaseException) -> str:
        return why_unreachable(error)

    def is_forbidden(self, error: BaseException) -> bool:
        return state_of(error) in FORBIDDEN

    def begin_reading(self, connection: Connection) -> None:
        connection.execute(sql_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))

    def begin_writing(self, connection: Connection) -> None:
        connection.execute(sql_text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))

    def begin_planning(self, connection: Connection) -> None:
        connection.execute(sql_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    def install_secrets(self, connection: Connection, secrets: Mapping[str, bytes]) -> None:
        install(connection, secrets)

    def fence_shared(self, connection: Connection) -> None:
        self.begin_writing(connection)
        connection.execute(select(func.pg_advisory_xact_lock_shared(*_FENCE)))
        connection.execute(sql_text(f"SET LOCAL lock_timeout = '{_BATCH_LOCK_MS}ms'"))

    def fence_exclusive(self, connection: Connection) -> None:
        self.begin_writing(connection)
        connection.execute(select(func.pg_advisory_xact_lock(*_FENCE)))

    def release_fence(self, connection: Connection) -> None:
        """The transaction's end has done it."""

    def is_lock_timeout(self, error: BaseException) -> bool:
        return state_of(error) in LOCK_TIMEOUTS

    def refuses_a_row(self, error: DBAPIError) -> bool:
        """A trigger may raise any state that it makes up: what is known to be about something else is left out."""
        state = state_of(error)
        return state is not None and not state.startswith(OF_NO_ROW) and not error.connection_invalidated

    def reader_arguments(self) -> dict[str, Any]:
        return {"options": "-c TimeZone=UTC -c default_transaction_read_only=on"}

    # -- expressions ---------------------------------------------------------------------------------------------

    def plus(self, day: ColumnElement[Any], period: Period) -> ColumnElement[Any]:
        months, days = period.years * 12 + period.months, period.weeks * 7 + period.days
        moved = cast(day + func.make_interval(0, months), Date)
        return moved.op("+", return_type=Date())(days)

    def now_ms(self) -> ColumnElement[int]:
        return cast(func.floor(func.extract("epoch", func.clock_timestamp()) * 1000), BigInteger)

    def canonical_text(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        return cast(column, Text)

    def sha256(self, text: ColumnElement[str]) -> ColumnElement[bytes]:
        return func.sha256(_utf8(text), type_=LargeBinary)

    def keyed_digest(self, secret: str, text: ColumnElement[str]) -> ColumnElement[bytes]:
        """HMAC as two plain digests over pads; sub-queries that refer to nothing are run once for a statement."""
        inner, outer = pads(secret)
        return func.sha256(outer.concat(func.sha256(inner.concat(_utf8(text)))), type_=LargeBinary)

    def bytes_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[bytes]:
        return func.substr(digest, offset + 1, length, type_=LargeBinary)

    def hex_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[str]:
        return func.encode(self.bytes_of(digest, offset, length), "hex", type_=String)

    def number_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[int]:
        """Ten times as fast as a cast of hex digits, where the digest is a column that has been computed already."""
        number: ColumnElement[int] = func.get_byte(digest, offset + length - 1, type_=BigInteger)
        for place in range(1, length):
            weight = literal(256**place, BigInteger)
            number = number + func.get_byte(digest, offset + length - 1 - place, type_=BigInteger) * weight
        return number

    def pool_value(self, values: Table, name: str, version: int, position: ColumnElement[int]) -> ColumnElement[str]:
        """The pool as one value, made once for a statement: its elements are nearer than those of a joined table."""
        elements = func.jsonb_agg(aggregate_order_by(values.c.value, values.c.position))
        pool = select(elements).where(values.c.name == name, values.c.version == version).scalar_subquery()
        return func.jsonb_array_element_text(pool, cast(position, Integer), type_=String)

    def rows_digest(
        self, rows: FromClause, text: ColumnElement[str], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[str]:
        lines = func.string_agg(text + literal("\n"), aggregate_order_by(literal(""), *order_by), type_=String)
        digest = func.encode(self.sha256(func.coalesce(lines, "", type_=String)), "hex", type_=String)
        return select(digest).select_from(rows)

    def rows_bytes(
        self, rows: FromClause, item: ColumnElement[bytes], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[bytes]:
        nothing = literal_column("''::bytea", LargeBinary)
        joined = func.string_agg(item, aggregate_order_by(nothing, *order_by), type_=LargeBinary)
        return select(func.coalesce(joined, nothing, type_=LargeBinary)).select_from(rows)

    def bytewise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        return text.collate("C")

    def year_start(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if isinstance(column.type, Date):
            return cast(func.date_trunc("year", cast(column, TIMESTAMP)), Date)
        zone = ("UTC",) if isinstance(column.type, DateTime) and column.type.timezone else ()
        return func.date_trunc("year", column, *zone)

    def position(self, text: ColumnElement[str], part: str) -> ColumnElement[int]:
        return func.strpos(text, part, type_=Integer)

    def contacts(self, text: ColumnElement[str]) -> tuple[FromClause, ColumnElement[str]]:
        found = func.regexp_matches(text, _CONTACT, "g").table_valued(Column("found", ARRAY(Text))).render_derived()
        return found, found.c.found[1]

    def readable(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool] | None:
        return readable(column, stored)

    def beyond(self, column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
        return beyond(column, sentinel)

    def comparable(self, column: ColumnElement[Any], constant: Scalar) -> ColumnElement[bool] | None:
        return readable(column, Stored.DATE) if isinstance(constant, date) else None

    # -- statements ----------------------------------------------------------------------------------------------

    def pages_left(self, connection: Connection) -> None:
        """Vacuum is the server's own business."""

    def gather_statistics(self, connection: Connection, table: Table) -> None:
        connection.execute(sql_text(f"ANALYZE {connection.dialect.identifier_preparer.format_table(table)}"))


def _prepare_session(driver: Any, record: Any) -> None:
    before = driver.autocommit
    driver.autocommit = True
    with driver.cursor() as cursor:
        for name, value in _SESSION.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    driver.autocommit = before


def _backend(connection: Connection) -> int:
    return int(connection.execute(select(func.pg_backend_pid())).scalar_one())


def _utf8(text: ColumnElement[str]) -> ColumnElement[bytes]:
    return func.convert_to(text, "UTF8", type_=LargeBinary)
