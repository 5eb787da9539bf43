"""A hold waits for running batches and goes before newcomers; locks that others hold are told from other errors."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from multiprocessing.synchronize import Event as ProcessEvent

import pytest
from sqlalchemy import Connection, create_engine, func, select, text, update
from sqlalchemy.exc import DBAPIError

from retention.sql.database import Database
from retention.sql.dialects import sqlite
from tests.databases.opening import initialised, opened

PATIENCE = 20  # seconds that anything may take before the test fails


@pytest.fixture
def database(any_database: str) -> Iterator[Database]:
    database = initialised(any_database)
    yield database
    database.close()


class Actor(threading.Thread):
    """Does one thing in a transaction, and says when it got in; leaves when it is told to."""

    def __init__(self, entering: AbstractContextManager[Connection], then: Callable[[Connection], None]) -> None:
        super().__init__(daemon=True)
        self._entering, self._then = entering, then
        self.inside, self.leave = threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self._entering as connection:
            self._then(connection)
            self.inside.set()
            self.leave.wait(PATIENCE)

    def finish(self) -> None:
        self.leave.set()
        self.join(PATIENCE)
        assert not self.is_alive()


def nothing(connection: Connection) -> None:
    """Only being inside matters."""


def epoch(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(database.own.fence.c.epoch)).scalar_one())


def place(database: Database) -> Callable[[Connection], None]:
    def raise_epoch(connection: Connection) -> None:
        fence = database.own.fence
        connection.execute(update(fence).values(epoch=fence.c.epoch + 1))

    return raise_epoch


def test_a_hold_waits_for_a_batch_and_a_newcomer_waits_for_the_hold(database: Database) -> None:
    seen: list[int] = []
    running = Actor(database.batch(), nothing)
    assert running.inside.wait(PATIENCE)
    hold = Actor(database.placing(), place(database))
    assert not hold.inside.wait(0.4), "a batch is still running"
    newcomer = Actor(
        database.batch(), lambda c: seen.append(c.execute(select(database.own.fence.c.epoch)).scalar_one())
    )
    assert not newcomer.inside.wait(0.3)
    running.finish()
    assert hold.inside.wait(PATIENCE), "the hold is first although the newcomer waits too"
    assert not newcomer.inside.wait(0.3)
    hold.finish()
    assert newcomer.inside.wait(PATIENCE)
    newcomer.finish()
    assert seen == [1], "who waited for a hold sees it"


def test_a_failed_hold_lets_batches_go_on(database: Database) -> None:
    with pytest.raises(RuntimeError, match="changed its mind"), database.placing() as connection:
        place(database)(connection)
        raise RuntimeError("changed its mind")
    batch = Actor(database.batch(), nothing)
    assert batch.inside.wait(PATIENCE)
    batch.finish()
    assert epoch(database) == 0


def test_batches_of_postgresql_run_side_by_side(postgresql_database: str) -> None:
    database = initialised(postgresql_database)
    with ExitStack() as both:
        for _ in range(2):
            both.enter_context(database.batch())


def _hammer(url: str, stop: ProcessEvent, started: ProcessEvent) -> None:
    """Batch after batch, with no pause between them."""
    database = opened(url)
    with database.session() as connection:
        while not stop.is_set():
            with database.batch_on(connection):
                connection.execute(select(func.count()).select_from(database.own.hold))
                started.set()
                time.sleep(0.02)


def test_a_hold_is_not_starved_by_workers_that_never_pause(any_database: str) -> None:
    database = initialised(any_database)
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    started = [spawn.Event() for _ in range(2)]
    workers = [spawn.Process(target=_hammer, args=(any_database, stop, begun), daemon=True) for begun in started]
    for worker in workers:
        worker.start()
    try:
        assert all(begun.wait(60) for begun in started)
        waits = []
        for _ in range(8):
            began = time.perf_counter()
            with database.placing() as connection:
                place(database)(connection)
            waits.append(time.perf_counter() - began)
    finally:
        stop.set()
        for worker in workers:
            worker.join(PATIENCE)
    assert epoch(database) == 8
    assert max(waits) < 3, waits
    assert all(worker.exitcode == 0 for worker in workers)


def test_what_another_program_keeps_locked_is_a_lock_timeout(
    any_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE_MS", 200)  # as short as others are by themselves
    database = initialised(any_database)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE people (id integer PRIMARY KEY, name varchar(20))"))
        connection.execute(text("INSERT INTO people VALUES (1, 'a')"))
    application = create_engine(any_database)
    with application.begin() as other:
        other.execute(text("UPDATE people SET name = 'b'"))
        began = time.perf_counter()
        with pytest.raises(DBAPIError) as refused, database.batch() as connection:
            connection.execute(text("DELETE FROM people"))
        assert 0.15 < time.perf_counter() - began < 5
    application.dispose()
    assert database.dialect.is_lock_timeout(refused.value)
    assert not database.dialect.refuses_a_row(refused.value)
    with database.batch() as connection:
        assert connection.execute(text("DELETE FROM people WHERE name = 'b'")).rowcount == 1


def test_other_errors_are_no_lock_timeouts(database: Database) -> None:
    with pytest.raises(DBAPIError) as refused, database.writing() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))
    assert not database.dialect.is_lock_timeout(refused.value)
    assert not database.dialect.is_lock_timeout(ValueError("no error of a database"))


def test_reading_sees_one_state_throughout(database: Database) -> None:
    with database.reading() as connection:
        assert connection.execute(select(database.own.fence.c.epoch)).scalar_one() == 0
        with database.placing() as other:
            place(database)(other)
        assert connection.execute(select(database.own.fence.c.epoch)).scalar_one() == 0
    assert epoch(database) == 1


def test_what_is_written_while_reading_does_not_last(database: Database) -> None:
    with suppress(DBAPIError), database.reading() as connection:
        place(database)(connection)
    assert epoch(database) == 0


def test_reading_is_rolled_back_and_cannot_write_on_postgresql(postgresql_database: str) -> None:
    database = initialised(postgresql_database)
    with pytest.raises(DBAPIError) as refused, database.reading() as connection:
        place(database)(connection)
    assert database.dialect.is_forbidden(refused.value)
