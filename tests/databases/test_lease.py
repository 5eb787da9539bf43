"""One writer for a name, until it lets go or its time is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from retention.sql import lease
from retention.sql.database import Database
from tests.databases.opening import initialised

NAME = "rule crm.accounts"
SECONDS = 60


@pytest.fixture
def database(any_database: str) -> Iterator[Database]:
    database = initialised(any_database)
    yield database
    database.close()


def take(database: Database, owner: str, now_ms: int) -> int | None:
    with database.writing() as connection:
        return lease.take(connection, database.own, NAME, owner, now_ms, SECONDS)


def renew(database: Database, token: int, now_ms: int) -> bool:
    with database.writing() as connection:
        return lease.renew(connection, database.own, NAME, token, now_ms, SECONDS)


def release(database: Database, token: int) -> None:
    with database.writing() as connection:
        lease.release(connection, database.own, NAME, token)


def test_another_owner_waits_until_the_lease_is_over(database: Database) -> None:
    assert take(database, "run 1", 0) == 1
    assert take(database, "run 2", 59_999) is None
    assert take(database, "run 2", 60_000) == 2
    assert not renew(database, 1, 60_001), "whoever lost it writes nothing more"
    assert renew(database, 2, 60_001)


def test_renewing_makes_it_last(database: Database) -> None:
    assert take(database, "run 1", 0) == 1
    assert renew(database, 1, 50_000)
    assert take(database, "run 2", 100_000) is None


def test_the_same_owner_takes_over_from_its_dead_worker(database: Database) -> None:
    assert take(database, "run 1", 0) == 1
    assert take(database, "run 1", 1) == 2
    assert not renew(database, 1, 2)


def test_tokens_rise_after_a_release_too(database: Database) -> None:
    assert take(database, "run 1", 0) == 1
    release(database, 1)
    assert take(database, "run 2", 1) == 2
    release(database, 1)
    assert renew(database, 2, 2), "a release by whoever lost it changes nothing"
