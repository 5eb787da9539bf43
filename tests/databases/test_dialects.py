"""What every database must say alike: digests, numbers from them, canonical keys, the order of rows."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, create_engine, literal, null, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from retention.model.errors import RetentionError, TransientError
from retention.model.hold import canonical_key
from retention.sql.column_types import sql_type
from retention.sql.database import Database
from retention.sql.dialects import dialect_named
from tests.databases.opening import initialised

SECRETS = {"trace": b"t" * 32, "run": bytes(range(80))}
TEXTS = ("", "4711", "Zoë Müller", "日本", "a\x1fb")


@pytest.fixture
def database(any_database: str) -> Iterator[Database]:
    database = initialised(any_database)
    yield database
    database.close()


def one(connection: Connection, *expressions: Any) -> tuple[Any, ...]:
    return tuple(connection.execute(select(*expressions)).one())


def test_digests_are_those_of_python(database: Database) -> None:
    dialect = database.dialect
    with database.session() as connection:
        dialect.install_secrets(connection, SECRETS)
        for words in TEXTS:
            plain, keyed, other = one(
                connection,
                dialect.sha256(literal(words)),
                dialect.keyed_digest("trace", literal(words)),
                dialect.keyed_digest("run", literal(words)),
            )
            assert bytes(plain) == hashlib.sha256(words.encode()).digest()
            assert bytes(keyed) == hmac.digest(SECRETS["trace"], words.encode(), "sha256")
            assert bytes(other) == hmac.digest(SECRETS["run"], words.encode(), "sha256")
        missing = null().cast(String)
        assert one(connection, dialect.sha256(missing), dialect.keyed_digest("trace", missing)) == (None, None)


def test_parts_of_a_digest(database: Database) -> None:
    dialect, digest = database.dialect, hashlib.sha256(b"4711").digest()
    whole = dialect.sha256(literal("4711"))
    with database.reading() as connection:
        for offset, length in ((0, 1), (0, 32), (5, 6), (26, 6)):
            part, digits = one(
                connection, dialect.bytes_of(whole, offset, length), dialect.hex_of(whole, offset, length)
            )
            assert bytes(part) == digest[offset : offset + length]
            assert digits == digest[offset : offset + length].hex()
        for offset, length in ((0, 1), (5, 4), (26, 6)):
            expected = int.from_bytes(digest[offset : offset + length], "big")
            assert one(connection, dialect.number_of(whole, offset, length)) == (expected,)


def test_secrets_outlive_transactions_and_are_replaced(database: Database) -> None:
    dialect = database.dialect
    keyed = dialect.keyed_digest("trace", literal("4711"))
    with database.session() as connection:
        dialect.install_secrets(connection, {"trace": b"first"})
        with pytest.raises(RuntimeError), database.batch_on(connection):
            raise RuntimeError("rolled back")
        with database.batch_on(connection):
            assert bytes(one(connection, keyed)[0]) == hmac.digest(b"first", b"4711", "sha256")
        dialect.install_secrets(connection, {"trace": b"second"})
        with database.batch_on(connection):
            assert bytes(one(connection, keyed)[0]) == hmac.digest(b"second", b"4711", "sha256")


def test_a_secret_that_is_not_installed_is_an_error_and_no_null(database: Database) -> None:
    keyed = database.dialect.keyed_digest("pseudonym", literal("4711"))
    with database.session() as connection:
        with pytest.raises(DBAPIError), database.batch_on(connection):
            one(connection, keyed)
        database.dialect.install_secrets(connection, SECRETS)
        with pytest.raises(DBAPIError), database.batch_on(connection):
            one(connection, keyed)


def test_secrets_end_with_the_session(database: Database) -> None:
    with database.session() as connection:
        database.dialect.install_secrets(connection, SECRETS)
    with database.session() as connection, pytest.raises(DBAPIError), database.batch_on(connection):
        one(connection, database.dialect.keyed_digest("trace", literal("4711")))


def test_no_statement_that_the_server_sees_holds_a_secret(postgresql_database: str) -> None:
    database = initialised(postgresql_database)
    with database.session() as connection:
        database.dialect.install_secrets(connection, {"trace": b"very-secret-bytes-of-this-test!!"})
        with database.reading_on(connection):
            query = text("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
            assert "very-secret" not in connection.execute(query).scalar_one()
    keyed = database.dialect.keyed_digest("trace", literal("4711"))
    assert "very-secret" not in str(select(keyed).compile(database.engine))


def test_rows_are_digested_in_order(database: Database) -> None:
    rows = Table("words", MetaData(), Column("place", Integer, primary_key=True), Column("word", String(40)))
    dialect = database.dialect
    with database.session() as connection, database.writing_on(connection):
        rows.create(connection)
        digest = dialect.rows_digest(rows, rows.c.word, [rows.c.place])
        joined = dialect.rows_bytes(rows, dialect.sha256(rows.c.word), [rows.c.place])
        assert connection.execute(digest).scalar_one() == hashlib.sha256(b"").hexdigest()
        assert bytes(connection.execute(joined).scalar_one()) == b""
        words = ["b", "a", "ö", "c"]
        for place in (3, 0, 2, 1):
            connection.execute(rows.insert().values(place=place, word=words[place]))
        expected = hashlib.sha256("".join(f"{word}\n" for word in words).encode()).hexdigest()
        assert connection.execute(digest).scalar_one() == expected
        connection.execute(rows.insert().values(place=9, word=None))
        hashes = b"".join(hashlib.sha256(word.encode()).digest() for word in words)
        assert bytes(connection.execute(joined).scalar_one()) == hashes


@pytest.mark.parametrize(
    ("spelling", "written", "value"),
    [
        ("INTEGER", 4711, 4711),
        ("BIGINT", 2**53 + 1, 2**53 + 1),
        ("VARCHAR(40)", "4711", "4711"),
        ("TEXT", "Zoë", "Zoë"),
    ],
)
def test_a_persons_key_has_one_text(database: Database, spelling: str, written: object, value: object) -> None:
    assert _canonical(database, spelling, written) == canonical_key(value)


def test_a_uuid_is_in_lower_case(postgresql_database: str) -> None:
    person = uuid.UUID("0F0E0D0C-0000-4000-8000-00000000000A")
    found = _canonical(initialised(postgresql_database), "UUID", str(person).upper())
    assert found == canonical_key(person) == "0f0e0d0c-0000-4000-8000-00000000000a"


def _canonical(database: Database, spelling: str, written: object) -> object:
    with database.session() as connection, database.writing_on(connection):
        connection.execute(text(f"CREATE TABLE people (person {spelling})"))
        connection.execute(text("INSERT INTO people VALUES (:person)"), {"person": written})
        people = Table("people", MetaData(), Column("person", sql_type(spelling, database.dialect.name)))
        return connection.execute(select(database.dialect.canonical_text(people.c.person))).scalar_one()


def test_the_servers_clock(database: Database) -> None:
    with database.reading() as connection:
        assert abs(one(connection, database.dialect.now_ms())[0] - time.time_ns() // 1_000_000) < 5_000
    fractions = set()
    for _ in range(5):
        time.sleep(0.007)
        with database.reading() as connection:
            fractions.add(one(connection, database.dialect.now_ms())[0] % 1000)
    assert len(fractions) > 1, "milliseconds are told"


def test_sqlite_keeps_nothing_of_what_was_deleted(sqlite_database: str) -> None:
    database = initialised(sqlite_database)
    path = sqlite_database.removeprefix("sqlite:///")
    with database.session() as connection:
        with database.writing_on(connection):
            connection.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)"))
            rows = [{"name": f"telling-name-{number}"} for number in range(2_000)]
            connection.execute(text("INSERT INTO people (name) VALUES (:name)"), rows)
        with database.batch_on(connection):
            connection.execute(text("DELETE FROM people"))
        database.dialect.pages_left(connection)
        for file in (path, f"{path}-wal"):
            assert b"telling-name" not in Path(file).read_bytes()


def test_a_reader_that_keeps_the_log_is_told(sqlite_database: str) -> None:
    database = initialised(sqlite_database)
    with database.reading() as reader:
        reader.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()
        with database.session() as connection:
            with database.writing_on(connection):
                connection.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY)"))
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
            connection.rollback()
            with pytest.raises(TransientError, match="R316"):
                database.dialect.pages_left(connection)


def test_foreign_keys_are_enforced(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE people (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id))"))
    with pytest.raises(IntegrityError) as refused, database.writing() as connection:
        connection.execute(text("INSERT INTO notes VALUES (1, 99)"))
    assert database.dialect.refuses_a_row(refused.value)
    assert not database.dialect.is_lock_timeout(refused.value)


def test_texts_are_told_apart_and_ordered_by_their_bytes(database: Database, any_database: str) -> None:
    """In a table of an application, whose comparisons may be those of a language."""
    words = Table("words", MetaData(), Column("place", Integer, primary_key=True), Column("word", String(40)))
    texts = ["a", "A", "a ", "á", "a\u0301", "ss", "ß", "Z", "10", "9", "-1", "_", ""]
    application = create_engine(any_database)
    with application.begin() as connection:
        words.create(connection)
        connection.execute(words.insert(), [{"place": place, "word": word} for place, word in enumerate(texts, 1)])
    application.dispose()
    exact, bytewise = database.dialect.exact(words.c.word), database.dialect.bytewise(words.c.word)
    with database.reading() as connection:
        for place, word in enumerate(texts, 1):
            assert connection.execute(select(words.c.place).where(exact == word)).scalars().all() == [place], word
        assert connection.execute(select(words.c.word).order_by(bytewise)).scalars().all() == sorted(
            texts, key=str.encode
        )


@pytest.mark.parametrize(("name", "hint"), [("postgres", "did you mean postgresql"), ("oracle", "valid are")])
def test_an_unknown_database_lists_the_known(name: str, hint: str) -> None:
    with pytest.raises(RetentionError, match=f"R302.*{hint}.*(.|\n)*docs/dialects.md"):
        dialect_named(name)
