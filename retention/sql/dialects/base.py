"""What every database must be able to say. A dialect is one file; facts are data, behaviour only where that fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Integer,
    Select,
    String,
    Table,
    Uuid,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError

from retention.model.condition import Scalar
from retention.model.period import Period
from retention.model.starting_point import Stored

EPOCH_RANGES = {  # the years 1 to 9999, beyond which a number is no time
    Stored.EPOCH_S: (-62_135_596_800, 253_402_300_799),
    Stored.EPOCH_MS: (-62_135_596_800_000, 253_402_300_799_999),
}
BEYOND = ("infinity", "0000-00-00")  # sentinels that no value of Python's types can be
UUID_TEXT = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class Dialect(ABC):
    """Facts and expressions of one database. Expressions are SQLAlchemy Core; identifiers are quoted by SQLAlchemy."""

    name: ClassVar[str]  # SQLAlchemy's dialect name
    own_schema: str | None  # schema of our own tables; None: they carry the prefix
    own_prefix: ClassVar[str]  # prefix of our own tables' names; empty where a schema serves
    row_locks: ClassVar[bool]  # SELECT ... FOR UPDATE exists; else a writing transaction locks the whole database
    times_are_text: ClassVar[bool]  # dates and times are stored as ISO text, with a space before the time
    one_writer: ClassVar[bool]  # one writing transaction at a time: one slot in the server's pool
    driver: ClassVar[str]  # SQLAlchemy's name of dialect and driver
    package: ClassVar[str]  # what to install where the driver is missing; empty: it comes with Python
    nested_once: ClassVar[bool] = True  # else UPDATE, DELETE and UNION work a sub-query of IN out for each row
    self_references_go: ClassVar[bool] = True  # a row that refers to itself can be deleted
    one_look: ClassVar[bool] = False  # INSERT ... SELECT of one state throughout would lock the rows that it reads

    def __init__(self, database: str = "") -> None:
        """``database``: the name of the one that is worked on, as its address gives it."""
        self.database = database

    def own_name(self, name: str) -> str:
        """The name of one of our own tables, without schema."""
        return f"{self.own_prefix}{name}"

    # -- connections ---------------------------------------------------------------------------------------------

    @abstractmethod
    def grants(self) -> str:
        """What lets a user make and write our own tables, as a remedy says it."""

    @abstractmethod
    def prepare_url(self, url: URL, where: str) -> URL:
        """The address with this dialect's driver and time-outs. Raises RetentionError R301, R315 or R325."""

    @abstractmethod
    def configure(self, engine: Engine) -> None:
        """Make every new connection safe: foreign keys enforced, UTC, lock time-outs, our functions registered."""

    @abstractmethod
    def refuse_unfit(self, engine: Engine, where: str) -> None:
        """Look at the server once. Raises RetentionError R314 where sessions are shared: no lock would hold; R318,
        R319, R323, R324 where MariaDB is of a version, or set up in a way, with which no promise of ours would."""

    @abstractmethod
    def why_unreachable(self, error: BaseException) -> str:
        """In words, without address, user or any other part of the error's text."""

    @abstractmethod
    def is_forbidden(self, error: BaseException) -> bool:
        """Whether this database error means that the user may not, or that the database is read-only."""

    @abstractmethod
    def begin_reading(self, connection: Connection) -> None:
        """First in a transaction that reads one state of the database throughout. What it wrote would not last."""

    def begin_verifying(self, connection: Connection) -> None:
        """First in a transaction that reads, and writes temporary tables alone. One state throughout, where nobody else
        has to wait for it."""
        self.begin_reading(connection)

    @abstractmethod
    def begin_writing(self, connection: Connection) -> None:
        """First in a transaction that writes, but no rows of a person: our own tables."""

    @abstractmethod
    def begin_planning(self, connection: Connection) -> None:
        """First in a transaction that writes our own tables, and reads one state throughout unless ``one_look``."""

    @abstractmethod
    def install_secrets(self, connection: Connection, secrets: Mapping[str, bytes]) -> None:
        """Make keyed digests under these names available to this connection, so that no secret stands in a statement
        or in a parameter that a log would show. Replaces what was installed before. Outlives a transaction."""

    @abstractmethod
    def fence_shared(self, connection: Connection) -> None:
        """Begin a batch: first in its transaction. Waits while a hold is being placed, newcomers behind it."""

    @abstractmethod
    def fence_exclusive(self, connection: Connection) -> None:
        """Begin the placing of a hold: waits for running batches, keeps new ones out until the transaction ends."""

    @abstractmethod
    def release_fence(self, connection: Connection) -> None:
        """After commit or rollback, let go of what the transaction's end does not (SQLite's turnstile file)."""

    @abstractmethod
    def is_lock_timeout(self, error: BaseException) -> bool:
        """Whether this database error means: somebody else holds a lock, try again with a smaller batch."""

    def reader_url(self, url: URL) -> URL:
        """Of an address that is in use, what another program connects to in order to look."""
        return url

    @abstractmethod
    def refuses_a_row(self, error: DBAPIError) -> bool:
        """Whether this database error is about what stands in some row (a constraint, a trigger that raises, a value
        that does not fit), so that the others can be written without it. A lock, a lost connection, a missing right or
        a statement that is wrong is about none."""

    @abstractmethod
    def reader_arguments(self) -> dict[str, Any]:
        """For the driver, where another program opens a connection to look: in UTC, and as far as it goes read-only."""

    # -- expressions ---------------------------------------------------------------------------------------------

    @abstractmethod
    def now_ms(self) -> ColumnElement[int]:
        """The database server's clock, milliseconds since the epoch."""

    @abstractmethod
    def canonical_text(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        """The text that model.hold.canonical_key gives for the value: whole numbers in decimal, UUIDs in lower case."""

    def key_value(self, key: ColumnElement[str], column: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """The value of the column's type that a canonical text key stands for, so that an index on the column serves
        the search for it; NULL where it can be none. Equal values may have other texts: compare those, too. None: of
        this type only the text can be compared."""
        if isinstance(column.type, Integer):
            return case((key.regexp_match(r"^(0|-?[1-9][0-9]{0,17})$"), cast(key, BigInteger)))
        if isinstance(column.type, Uuid):
            return case((key.regexp_match(UUID_TEXT), cast(key, column.type)))
        return key if isinstance(column.type, String) else None

    @abstractmethod
    def sha256(self, text: ColumnElement[str]) -> ColumnElement[bytes]:
        """32 bytes: SHA-256 of the UTF-8 text. NULL gives NULL."""

    @abstractmethod
    def keyed_digest(self, secret: str, text: ColumnElement[str]) -> ColumnElement[bytes]:
        """32 bytes: HMAC-SHA256 of the UTF-8 text under an installed secret. NULL gives NULL."""

    @abstractmethod
    def bytes_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[bytes]:
        """A slice, offset from 0."""

    @abstractmethod
    def hex_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[str]:
        """A slice as lower-case hex, two characters a byte."""

    @abstractmethod
    def number_of(self, digest: ColumnElement[bytes], offset: int, length: int) -> ColumnElement[int]:
        """A slice of at most 6 bytes as a big-endian number, not negative."""

    def pool_value(self, values: Table, name: str, version: int, position: ColumnElement[int]) -> ColumnElement[str]:
        """The value of a pool at a position from 0. ``values``: own table with name, version, position, value."""
        chosen = (values.c.name == name, values.c.version == version, values.c.position == position)
        return select(values.c.value).where(*chosen).scalar_subquery()

    @abstractmethod
    def rows_digest(
        self, rows: FromClause, text: ColumnElement[str], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[str]:
        """One value: SHA-256 in lower-case hex over the rows' texts, each followed by a line feed, in this order.
        No rows: the digest of nothing."""

    @abstractmethod
    def rows_bytes(
        self, rows: FromClause, item: ColumnElement[bytes], order_by: Sequence[ColumnElement[Any]]
    ) -> Select[bytes]:
        """One value: the rows' bytes one after the other in this order, NULLs left out. No rows: empty bytes."""

    @abstractmethod
    def bytewise(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The text, to be compared by its bytes: collations of a language order digits and signs differently."""

    def exact(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """The text, to be tested for equality: where collations take different texts for equal, by its bytes."""
        return text

    def length(self, text: ColumnElement[str]) -> ColumnElement[int]:
        """In characters."""
        return func.length(text)

    def listed(self, text: ColumnElement[str]) -> ColumnElement[str]:
        """A text of ours, of 255 characters at most, in a list that many values are looked up in."""
        return text

    def left_trimmed(self, text: ColumnElement[str], characters: str) -> ColumnElement[str]:
        """Without any of these characters (letters, digits and points alone) at its beginning."""
        return func.ltrim(text, characters)

    def right_trimmed(self, text: ColumnElement[str], characters: str) -> ColumnElement[str]:
        """Without any of these characters (letters, digits and points alone) at its end."""
        return func.rtrim(text, characters, type_=String)

    @abstractmethod
    def plus(self, day: ColumnElement[Any], period: Period) -> ColumnElement[Any]:
        """A day (of a column of days) and a period later, months clamped to their last day; NULL or a day that no
        column of ours holds where it lies beyond the calendar."""

    def quotient(self, number: ColumnElement[int], divisor: int) -> ColumnElement[int]:
        """Of whole numbers that are not negative, without the remainder."""
        return number // divisor

    def year_start(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The first day of the year, or its first instant, in the type of a column of days or times."""
        raise AssertionError(f"{self.name} keeps times as text")

    @abstractmethod
    def position(self, text: ColumnElement[str], part: str) -> ColumnElement[int]:
        """Where the part first stands in the text, from 1; 0 where it does not."""

    @abstractmethod
    def contacts(self, text: ColumnElement[str]) -> tuple[FromClause, ColumnElement[str]]:
        """The e-mail addresses and telephone numbers inside a text, one a row, to be joined with the text's row."""

    @abstractmethod
    def readable(self, column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool] | None:
        """TRUE where the value is what ``stored`` says, FALSE where it is not; NULL values give NULL or FALSE.
        None: the database's type guarantees it."""

    def beyond(self, column: ColumnElement[Any], sentinel: str) -> ColumnElement[bool] | None:
        """Whether the value is one of BEYOND, NULL for NULL; None where this database's types hold none such."""
        return None

    @abstractmethod
    def comparable(self, column: ColumnElement[Any], constant: Scalar) -> ColumnElement[bool] | None:
        """TRUE where the value is of the constant's kind, as model.condition demands before it compares them.
        None: the database's type guarantees it."""

    # -- statements ----------------------------------------------------------------------------------------------

    @abstractmethod
    def pages_left(self, connection: Connection) -> None:
        """After disposal, outside of a transaction: let the file not keep what was deleted, where the database needs to
        be told (SQLite's WAL). Raises TransientError R316 where a reader stands in the way."""

    @abstractmethod
    def gather_statistics(self, connection: Connection, table: Table) -> None:
        """After many rows came into one of our own tables, where the planner would else still take it for empty."""
