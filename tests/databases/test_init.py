"""Our own tables in a dataset, and what is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, insert, make_url, select, text

from retention.model.errors import RetentionError, TransientError
from retention.model.rule import ColumnUse, Replace, Rule, ValueKind
from retention.model.schema import Column, Schema, Table
from retention.sql.initialise import check_ours, ensure_rule_tables, initialise_dataset
from retention.sql.live_tables import LiveTables
from retention.sql.own_tables import SCHEMA_VERSION
from retention.sql.reflection import reflect
from retention.sql.rule_tables import RuleTables
from tests.database_servers import PostgreSQLServer
from tests.databases.opening import NOW, initialised, opened
from tests.databases.pooler import Pooler


def test_init_is_safe_to_repeat_and_our_tables_are_no_part_of_the_schema(any_database: str) -> None:
    database = opened(any_database)
    initialise_dataset(database, deployment_id="one", now=NOW)
    with database.reading() as connection:
        first = check_ours(connection, database, "one")
    initialise_dataset(database, deployment_id="one", now=NOW)
    with database.reading() as connection:
        assert check_ours(connection, database, "one") == first
        assert reflect(connection, database).tables == {}
        fence = connection.execute(text(f"SELECT id, epoch FROM {database.own.fence.fullname}")).all()
    assert [tuple(row) for row in fence] == [(1, 0)]


def test_a_dataset_without_our_tables_says_how_to_make_them(any_database: str) -> None:
    database = opened(any_database)
    with database.reading() as connection, pytest.raises(RetentionError, match=r"R310.*\n.*retention init crm"):
        check_ours(connection, database, "one")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (f"schema_version = {SCHEMA_VERSION + 1}", "R313"),
        ("deployment = 'other'", "R312"),
        ("dataset = 'other'", "R312"),
    ],
)
def test_tables_of_somebody_else_or_of_a_newer_version_are_refused(any_database: str, change: str, code: str) -> None:
    database = opened(any_database)
    initialise_dataset(database, deployment_id="one", now=NOW)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {database.own.meta.fullname} SET {change}"))
    with database.reading() as connection, pytest.raises(RetentionError, match=code):
        check_ours(connection, database, "one")
    with pytest.raises(RetentionError, match=code):
        initialise_dataset(database, deployment_id="one", now=NOW)


def test_a_file_that_cannot_be_written_is_refused(sqlite_database: str) -> None:
    engine = create_engine(sqlite_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE accounts (id INTEGER PRIMARY KEY)"))
    engine.dispose()
    database = opened(sqlite_database)
    database.close()

    def read_only(driver: sqlite3.Connection, record: object) -> None:
        driver.execute("PRAGMA query_only = ON")

    event.listen(database.engine, "connect", read_only)
    with pytest.raises(RetentionError, match=r"R311(.|\n)*let this user write the file"):
        initialise_dataset(database, deployment_id="one", now=NOW)
    with database.reading() as connection:
        assert list(reflect(connection, database).tables) == ["accounts"], "looking is allowed"


def test_a_user_without_the_grant_is_told_which_one(postgresql: PostgreSQLServer, postgresql_database: str) -> None:
    name = postgresql_database.split("?")[0].rsplit("/", 1)[1]
    postgresql.execute("CREATE ROLE looker LOGIN")
    database = opened(postgresql.url(name, "looker"))
    with pytest.raises(RetentionError, match=r"R311(.|\n)*GRANT CREATE ON DATABASE"):
        initialise_dataset(database, deployment_id="one", now=NOW)
    postgresql.execute(f"GRANT CREATE ON DATABASE {name} TO looker")
    initialise_dataset(database, deployment_id="one", now=NOW)


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("oracle://u:geheim@h/d", "R302", "valid are mariadb, postgresql, sqlite"),
        ("mysql://u:geheim@127.0.0.1:1/d", "R301", "nothing listens"),
        ("mariadb://u:geheim@h", "R325", "names no database"),
        ("not a url", "R301", "not a database URL"),
        ("postgresql://u:geheim@127.0.0.1:1/d", "R301", "nothing listens"),
        ("sqlite:////nowhere/at/all.db", "R301", "does not exist"),
        ("sqlite://", "R315", "does not name a SQLite file"),
    ],
)
def test_an_address_that_leads_nowhere(url: str, code: str, words: str) -> None:
    with pytest.raises(RetentionError) as refused:
        opened(url)
    message = str(refused.value)
    assert message.startswith(code)
    assert words in message
    assert "what to do" in message
    assert "geheim" not in message
    assert "nowhere" not in message
    assert refused.value.__cause__ is None


def test_a_wrong_database_or_user_is_told_without_naming_them(postgresql: PostgreSQLServer) -> None:
    with pytest.raises(TransientError, match=r"R301.*no such database or user") as refused:
        opened(postgresql.url("missing_database"))
    assert "missing_database" not in str(refused.value)


def test_a_pooler_that_shares_sessions_is_refused(postgresql: PostgreSQLServer, postgresql_database: str) -> None:
    url = make_url(postgresql_database)
    with Pooler(f"{url.query['host']}/.s.PGSQL.5432", str(url.database), "postgres") as pooler:
        shared = f"postgresql://postgres@127.0.0.1:{pooler.port}/{url.database}?sslmode=disable"
        with pytest.raises(RetentionError, match=r"R314(.|\n)*pool in session mode"):
            opened(shared)
    opened(postgresql_database)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to be looked at " * 40)
    with pytest.raises(TransientError, match=r"R301.*not a SQLite database"):
        opened(f"sqlite:///{path}")


def test_an_error_of_the_server_shows_no_value_of_a_row(postgresql_database: str) -> None:
    database = opened(postgresql_database)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE people (email text PRIMARY KEY)"))
        connection.execute(text("INSERT INTO people VALUES ('lena@northgate.example')"))
    with pytest.raises(Exception, match="UniqueViolation") as refused, database.writing() as connection:
        connection.execute(text("INSERT INTO people SELECT email FROM people"))
    error: BaseException | None = refused.value
    while error is not None:
        assert "lena" not in str(error)
        error = error.__cause__ or error.__context__


def test_work_lists_follow_another_primary_key_and_marks_do_not(
    any_database: str, make_rule: Callable[..., Rule]
) -> None:
    database = initialised(any_database)
    uses = (ColumnUse(column="name", kind=ValueKind.NAME, treatment=Replace(strategy="null")),)

    def rule_tables(*key: str, replaces: bool) -> RuleTables:
        columns = tuple(Column(name=name, type="INTEGER", nullable=False) for name in ("id", "part", "name"))
        live = Schema(dialect=database.dialect.name, tables={"t": Table(name="t", columns=columns, primary_key=key)})
        rule = make_rule(primary_key=key, columns=uses if replaces else ())
        return RuleTables.of(rule, LiveTables(live, None), database.dialect)

    for replaces in (False, True):
        with database.writing() as connection:
            ensure_rule_tables(connection, database, rule_tables("id", replaces=replaces))
            first = rule_tables("id", "part", replaces=False)
            ensure_rule_tables(connection, database, first)
            connection.execute(insert(first.candidate).values(run_id="r", seq=1, k1=1, k2=2**40))
            ensure_rule_tables(connection, database, first)
            assert connection.execute(select(first.candidate.c.k2)).scalars().all() == [2**40], "kept as it fits"
    with database.writing() as connection, pytest.raises(RetentionError, match="R317"):
        ensure_rule_tables(connection, database, rule_tables("id", "part", replaces=True))
