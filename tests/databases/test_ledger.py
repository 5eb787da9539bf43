"""The ledger: fed from the journals exactly once, and whatever is changed in it or in them is found."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, insert, select, text, update

from retention.model.errors import RetentionError
from retention.model.ledger import GENESIS, JournalEntry, LedgerEntry
from retention.model.run import SignedHead
from retention.runtime import ledger
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.ledger_key import public_key_of, signed
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.sql import journal
from retention.sql.control.tables import deployment as deployment_table
from retention.sql.control.tables import followed, signed_head
from retention.sql.control.tables import ledger as table
from tests.database_servers import KINDS
from tests.world import AS_OF, FixedResolver, SetClock, World, make_world

RUN, RULE = "shop-20260701T000000Z-0a1b2c", "shop.visits"


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Dataset and control store on the same kind of database."""
    if request.param != "sqlite":
        monkeypatch.setenv("RETENTION_CONTROL_URL", request.getfixturevalue(request.param).fresh())
    world = make_world(str(request.getfixturevalue(f"{request.param}_database")), tmp_path, customers=4)
    yield world
    world.deployment.close()


def write_journal(world: World, count: int, *, run: str = RUN, rule: str = RULE, after: int = 0) -> None:
    """``count`` batches as a run would have left them, after the ``after`` that are there."""
    database = world.deployment.database("shop")
    with database.writing() as connection:
        last = journal.last_of(connection, database.own, run, rule, 0)[1] if after else GENESIS
        for seq in range(after + 1, after + count + 1):
            entry = batch(run, rule, seq, last)
            journal.append(connection, database.own, entry)
            last = entry.hash()


def batch(run: str, rule: str, seq: int, previous: str) -> JournalEntry:
    return JournalEntry(
        run_id=run,
        rule_id=rule,
        shard=0,
        seq=seq,
        action="delete",
        first=10 * seq,
        last=10 * seq + 9,
        groups=9,
        rows='{"visits": 9}',
        spared='{"held": 1}',
        set_aside=0,
        keys_digest="ab" * 32,
        subjects=bytes(8 * [seq % 256]),
        hold_epoch=1,
        committed_ms=1_780_000_000_000 + seq,
        previous=previous,
    )


def codes(deployment: Deployment, *heads: SignedHead) -> set[str]:
    return {problem.code for problem in ledger.verify(deployment, heads).problems}


def taken(deployment: Deployment) -> list[tuple[str, str, int]]:
    """(run, rule, seq) of every batch in the ledger, in its order."""
    bodies = [json.loads(entry.body) for entry in deployment.control.ledger.latest(1_000) if entry.kind == "batch"]
    return [(body["run_id"], body["rule_id"], body["seq"]) for body in bodies]


# -- following ---------------------------------------------------------------------------------------------------------


def test_each_batch_is_taken_once_and_in_order(world: World) -> None:
    assert ledger.follow(world.deployment, "shop") == 0
    write_journal(world, 3)
    write_journal(world, 2, rule="shop.invoices")
    assert ledger.follow(world.deployment, "shop") == 5
    assert ledger.follow(world.deployment, "shop") == 0
    write_journal(world, 2, after=3)
    assert ledger.follow(world.deployment, "shop") == 2
    assert [seq for _, rule, seq in taken(world.deployment) if rule == RULE] == [1, 2, 3, 4, 5]
    assert [seq for _, rule, seq in taken(world.deployment) if rule == "shop.invoices"] == [1, 2]
    result = ledger.verify(world.deployment)
    assert result.passed
    assert result.entries == 7
    assert result.compared == ("shop",)


def test_a_long_journal_is_taken_in_several_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "AT_ONCE", 4)
    write_journal(world, 11)
    write_journal(world, 4, rule="shop.invoices")
    assert ledger.follow(world.deployment, "shop") == 15
    assert len(taken(world.deployment)) == len(set(taken(world.deployment))) == 15
    assert ledger.verify(world.deployment).passed


def test_a_real_run_is_recorded_without_a_value_of_a_person(world: World) -> None:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one")
    plan_run(world.deployment, handle.run_id)
    dispose(world.deployment, handle.run_id, "shop.invoices")
    dispose(world.deployment, handle.run_id, "shop.visits")
    assert ledger.follow(world.deployment, "shop") == 2
    written = " ".join(entry.body for entry in world.deployment.control.ledger.latest())
    assert "northgate.example" not in written
    assert "Person" not in written
    assert '"groups":4' in written
    assert ledger.verify(world.deployment).passed


def _follows(url: str, folder: Path, control_url: str) -> None:
    os.environ["RETENTION_CONTROL_URL"] = control_url
    deployment = Deployment(folder / "rules", folder / "home", FixedResolver(url), SetClock())
    for _ in range(8):
        ledger.follow(deployment, "shop")
    deployment.close()


def test_processes_that_follow_at_once_take_every_batch_once(world: World) -> None:
    write_journal(world, 60)
    spawn = multiprocessing.get_context("spawn")
    arguments = (world.url, world.folder, world.deployment.control_url)
    processes = [spawn.Process(target=_follows, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for number in range(6):
        write_journal(world, 5, rule=f"shop.rule{number}")
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    ledger.follow(world.deployment, "shop")
    counted = Counter(taken(world.deployment))
    assert set(counted.values()) == {1}
    assert len(counted) == 60 + 6 * 5
    assert ledger.verify(world.deployment).passed


def test_a_crash_between_journal_and_ledger_loses_and_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_journal(world, 3)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("retention.runtime.ledger.save_followed", crash)
        with pytest.raises(KeyboardInterrupt):
            ledger.follow(world.deployment, "shop")
    assert taken(world.deployment) == []
    assert ledger.follow(world.deployment, "shop") == 3
    assert ledger.verify(world.deployment).passed


# -- a journal that was changed ----------------------------------------------------------------------------------------

OTHER: dict[str, Any] = {
    "run_id": "shop-other",
    "rule_id": "shop.other",
    "shard": 7,
    "seq": 40,
    "subjects": b"12345678",
    "previous": "0" * 63 + "1",
    "hash": "0" * 63 + "1",
}


def changed(entry: JournalEntry, column: str) -> Any:
    if column in OTHER:
        return OTHER[column]
    now = getattr(entry, column)
    return now + 1 if isinstance(now, int) else f"x{now[1:]}"


@pytest.mark.parametrize("before_it_was_taken", [True, False], ids=["before", "after"])
def test_a_change_of_any_column_of_the_journal_is_found(world: World, before_it_was_taken: bool) -> None:
    write_journal(world, 4)
    if not before_it_was_taken:
        ledger.follow(world.deployment, "shop")
    database = world.deployment.database("shop")
    rows = database.own.journal
    for column in [*(field.name for field in fields(JournalEntry)), "hash"]:
        with restored(world, rows):
            with database.writing() as connection:
                new = changed(batch(RUN, RULE, 2, ""), column)
                assert connection.execute(update(rows).where(rows.c.seq == 2).values({column: new})).rowcount == 1
            assert "R370" in codes(world.deployment), column
            if before_it_was_taken:
                with pytest.raises(RetentionError) as error:
                    ledger.follow(world.deployment, "shop")
                assert error.value.problems[0].code == "R370", column
                assert "dataset shop, run shop-" in error.value.problems[0].where
        if before_it_was_taken:
            forget_followed(world)


def test_what_stands_before_a_break_is_taken_and_the_break_is_told_again(world: World) -> None:
    write_journal(world, 4)
    database = world.deployment.database("shop")
    rows = database.own.journal
    with database.writing() as connection:
        connection.execute(update(rows).where(rows.c.seq == 3).values(groups=0))
    for _ in range(2):
        with pytest.raises(RetentionError) as error:
            ledger.follow(world.deployment, "shop")
        assert "entry 3 was changed" in str(error.value)
        assert taken(world.deployment) == [(RUN, RULE, 1), (RUN, RULE, 2)]


@pytest.mark.parametrize("gone", [(1,), (2,), (4,), (1, 2, 3, 4)])
def test_rows_that_are_gone_from_the_journal_are_found(world: World, gone: tuple[int, ...]) -> None:
    write_journal(world, 4)
    ledger.follow(world.deployment, "shop")
    database = world.deployment.database("shop")
    with database.writing() as connection:
        connection.execute(delete(database.own.journal).where(database.own.journal.c.seq.in_(gone)))
    assert "R370" in codes(world.deployment)
    if 4 in gone:
        with pytest.raises(RetentionError) as error:
            ledger.follow(world.deployment, "shop")
        assert error.value.problems[0].code == "R370"


def test_a_journal_that_was_written_anew_differs_from_what_the_ledger_took(world: World) -> None:
    write_journal(world, 4)
    ledger.follow(world.deployment, "shop")
    database = world.deployment.database("shop")
    with database.writing() as connection:
        connection.execute(delete(database.own.journal))
        last = GENESIS
        for seq in range(1, 5):
            entry = replace(batch(RUN, RULE, seq, last), groups=1)
            journal.append(connection, database.own, entry)
            last = entry.hash()
    assert codes(world.deployment) == {"R370"}
    write_journal(world, 1, after=4)
    with pytest.raises(RetentionError) as error:
        ledger.follow(world.deployment, "shop")
    assert "entry 5 does not follow" in str(error.value)


def test_values_of_another_type_than_the_columns_are_found(sqlite_database: str, tmp_path: Path) -> None:
    """SQLite puts anything into any column."""
    world = make_world(sqlite_database, tmp_path, customers=1)
    write_journal(world, 3)
    ledger.follow(world.deployment, "shop")
    for column in ("subjects", "committed_ms", "groups", "seq", "shard"):
        with restored(world, world.deployment.database("shop").own.journal):
            world.execute(f"UPDATE retention_journal SET {column} = 'text' WHERE seq = 2")
            assert "R370" in codes(world.deployment), column
    for column, value in {"sequence": "'x'", "at": "'noon'", "kind": "x'00'", "body": "7", "hash": "x'01'"}.items():
        with restored(world, table):
            with world.deployment.control.begin() as connection:
                connection.execute(text(f"UPDATE ledger SET {column} = {value} WHERE sequence = 2"))
            assert codes(world.deployment) & {"R373", "R374"}, column
    assert ledger.verify(world.deployment).passed


# -- a ledger that was changed -----------------------------------------------------------------------------------------


@contextmanager
def restored(world: World, *tables: Table) -> Iterator[None]:
    """What is done to these tables inside is undone at the end."""
    with opened(world, tables[0]) as connection:
        before = {one: connection.execute(select(one)).mappings().all() for one in tables}
    try:
        yield
    finally:
        with opened(world, tables[0]) as connection:
            for one, rows in before.items():
                connection.execute(delete(one))
                if rows:
                    connection.execute(insert(one), [dict(row) for row in rows])


@contextmanager
def opened(world: World, one: Table) -> Iterator[Connection]:
    mine = world.deployment.database("shop").own.metadata.tables.values()
    place = world.deployment.database("shop").writing() if one in mine else world.deployment.control.begin()
    with place as connection:
        yield connection


def forget_followed(world: World) -> None:
    with world.deployment.control.begin() as connection:
        connection.execute(delete(followed))
        connection.execute(delete(table).where(table.c.kind == "batch"))


def filled(world: World) -> SignedHead:
    """A ledger of eight entries, and the head that was exported over them."""
    write_journal(world, 5)
    ledger.follow(world.deployment, "shop")
    ledger.append(world.deployment, "run_sealed", {"run_id": RUN, "groups_deleted": 45})
    ledger.append(world.deployment, "hold_placed", {"hold": "H-0001", "by": "lena"})
    ledger.append(world.deployment, "run_sealed", {"run_id": "another", "groups_deleted": 0})
    head = ledger.export_head(world.deployment, world.folder / "head.json")
    assert ledger.verify(world.deployment, (head,)).passed
    return ledger.read_head(world.folder / "head.json")


def rows_of(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).order_by(table.c.sequence)).mappings()]


def rewrite(connection: Connection, rows: list[dict[str, Any]], *, chain: bool) -> None:
    """Put other rows into the ledger; ``chain``: numbered, linked and hashed as if they had been written so."""
    previous = GENESIS
    for sequence, row in enumerate(rows, start=1):
        if chain:
            row |= {"sequence": sequence, "previous": previous}
            row["hash"] = LedgerEntry(**{key: value for key, value in row.items() if key != "hash"}).hash()
            previous = row["hash"]
    connection.execute(delete(table))
    if rows:
        connection.execute(insert(table), rows)


EDITS: dict[str, Any] = {
    "sequence": 99,
    "at": SetClock().now().replace(microsecond=1),
    "kind": "run_failed",
    "body": '{"run_id":"x"}',
    "previous": "f" * 64,
    "hash": "e" * 64,
}


def test_a_change_of_any_column_of_the_ledger_is_found(world: World) -> None:
    filled(world)
    for column in table.c:
        for sequence in (1, 4, 6, 8):
            with restored(world, table):
                with world.deployment.control.begin() as connection:
                    change = update(table).where(table.c.sequence == sequence).values({column.name: EDITS[column.name]})
                    assert connection.execute(change).rowcount == 1
                assert codes(world.deployment), f"{column.name} of entry {sequence}"
    assert ledger.verify(world.deployment).passed


def _without(*sequences: int) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    return lambda rows: [row for row in rows if row["sequence"] not in sequences]


def _swapped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first, second = rows[2], rows[5]
    rows[2], rows[5] = second | {"sequence": 3}, first | {"sequence": 6}
    return rows


def _repeated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*rows, rows[1] | {"sequence": 9}]


def _edited(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows[6] = rows[6] | {"body": '{"hold":"H-0001","by":"otto"}'}
    return rows


TAMPERING = {
    "the first is gone": _without(1),
    "one in the middle is gone": _without(4),
    "the last is gone": _without(8),
    "the last three are gone": _without(6, 7, 8),
    "everything is gone": _without(*range(1, 9)),
    "two are swapped": _swapped,
    "one is repeated": _repeated,
    "one says something else": _edited,
}


@pytest.mark.parametrize("sequence", [1, 6, 8])
def test_an_entry_that_was_hashed_anew_no_longer_stands_in_the_chain(
    sqlite_database: str, tmp_path: Path, sequence: int
) -> None:
    """Without any head: its links show it."""
    world = make_world(sqlite_database, tmp_path, customers=1)
    filled(world)
    with world.deployment.control.begin() as connection:
        connection.execute(delete(signed_head))
        rows = rows_of(connection)
        row = rows[sequence - 1] | {"previous": "f" * 64}
        row["hash"] = LedgerEntry(**{key: value for key, value in row.items() if key != "hash"}).hash()
        rewrite(connection, [*rows[: sequence - 1], row, *rows[sequence:]], chain=False)
    assert codes(world.deployment) == {"R374"}


@pytest.mark.parametrize("chain", [False, True], ids=["as it is", "chained anew"])
def test_gaps_swaps_repetitions_and_truncation_are_found(world: World, chain: bool) -> None:
    """Whoever writes the whole chain anew, and the heads kept beside it, is found by the head that was exported."""
    head = filled(world)
    for what, tamper in TAMPERING.items():
        with restored(world, table, signed_head):
            with world.deployment.control.begin() as connection:
                rewrite(connection, tamper(rows_of(connection)), chain=chain)
                connection.execute(delete(signed_head))
            found = codes(world.deployment, head)
            assert found, what
            assert "R375" in found or not chain or what == "one is repeated", what
    assert ledger.verify(world.deployment, (head,)).passed


def test_whoever_signs_with_a_key_of_their_own_is_found(world: World) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    head = filled(world)
    key = Ed25519PrivateKey.generate()
    control = world.deployment.control
    with restored(world, deployment_table, table, signed_head):
        with control.begin() as connection:
            rewrite(connection, _edited(rows_of(connection)), chain=True)
            connection.execute(delete(signed_head))
            connection.execute(update(deployment_table).values(ledger_public_key=public_key_of(key)))
        sequence, digest = control.ledger.tip()
        control.ledger.save_head(signed(replace(head, sequence=sequence, hash=digest, key_id="", signature=""), key))
        assert codes(world.deployment) == set()
        assert codes(world.deployment, head) == {"R375"}
        with pytest.raises(RetentionError) as error:
            ledger.sign_head(world.deployment)
        assert error.value.problems[0].code == "R372"


@pytest.mark.parametrize("name", [field.name for field in fields(SignedHead)])
def test_a_head_in_which_anything_was_changed_does_not_count(sqlite_database: str, tmp_path: Path, name: str) -> None:
    world = make_world(sqlite_database, tmp_path, customers=1)
    head = filled(world)
    other = {"sequence": 7, "signed_at": head.signed_at.replace(year=2027)}.get(name, "ab" * 32)
    assert codes(world.deployment, replace(head, **{name: other})) == {"R375"}


def test_what_comes_after_a_head_is_no_contradiction_to_it(world: World) -> None:
    head = filled(world)
    write_journal(world, 2, after=5)
    ledger.follow(world.deployment, "shop")
    later = ledger.sign_head(world.deployment)
    result = ledger.verify(world.deployment, (head, later))
    assert result.passed
    assert (result.entries, result.heads, result.exported) == (10, 2, 2)
    assert ledger.sign_head(world.deployment) == later


def test_a_dataset_that_cannot_be_reached_is_said_not_to_be_compared(sqlite_database: str, tmp_path: Path) -> None:
    world = make_world(sqlite_database, tmp_path, customers=1)
    filled(world)
    world.deployment.close()
    (tmp_path / "data.db").rename(tmp_path / "elsewhere.db")
    result = ledger.verify(world.deployment)
    assert result.compared == ()
    assert result.not_compared[0][0] == "shop"
    assert result.passed


# -- the key -----------------------------------------------------------------------------------------------------------


def test_the_signing_key_is_ours_alone_and_is_not_made_twice(sqlite_database: str, tmp_path: Path) -> None:
    world = make_world(sqlite_database, tmp_path, customers=1)
    path = world.deployment.home / "ledger.key"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    ledger.ensure_signing_key(world.deployment)
    assert path.read_bytes() == before

    path.chmod(0o644)
    assert _refusal(world) == "R371"
    path.chmod(0o600)
    path.write_text("no key at all")
    assert _refusal(world) == "R371"
    path.unlink()
    assert _refusal(world) == "R371"
    with pytest.raises(RetentionError):
        ledger.ensure_signing_key(world.deployment)
    assert not path.exists()


def test_another_signing_key_is_refused(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(sqlite_database, tmp_path, customers=1)
    other = tmp_path / "other"
    other.mkdir()
    stranger = Deployment(tmp_path / "rules", other, world.deployment.resolver, SetClock())
    from retention.runtime.initialise import initialise

    initialise(stranger, [])
    monkeypatch.setenv("RETENTION_LEDGER_KEY_FILE", str(other / "ledger.key"))
    assert _refusal(world) == "R372"


def _refusal(world: World) -> str:
    with pytest.raises(RetentionError) as error:
        ledger.sign_head(world.deployment)
    return error.value.problems[0].code


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"sequence": 1}', "\x00"])
def test_a_file_that_is_no_head_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "head.json"
    path.write_text(content)
    with pytest.raises(RetentionError) as error:
        ledger.read_head(path)
    assert error.value.problems[0].code == "R376"
    with pytest.raises(RetentionError) as missing:
        ledger.read_head(tmp_path / "none.json")
    assert missing.value.problems[0].code == "R376"


# -- anything at all ---------------------------------------------------------------------------------------------------

rows_now = st.integers(min_value=0, max_value=7)
tampering = st.one_of(
    st.tuples(st.just("edit"), rows_now, st.sampled_from(["kind", "body", "at", "previous", "hash"])),
    st.tuples(st.just("drop"), rows_now, st.just("")),
    st.tuples(st.just("cut"), rows_now, st.just("")),
    st.tuples(st.just("move"), rows_now, rows_now),
    st.tuples(st.just("copy"), rows_now, rows_now),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, SignedHead]]:
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "data.db").touch()
    world = make_world(f"sqlite:///{folder / 'data.db'}", folder, customers=1)
    yield world, filled(world)
    world.deployment.close()


@example(steps=[("copy", 7, 7)], chain=True)
@given(steps=st.lists(tampering, min_size=1, max_size=3), chain=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_to_the_entries_is_found(
    written: tuple[World, SignedHead], steps: list[tuple[str, int, Any]], chain: bool
) -> None:
    world, head = written
    with restored(world, table):
        with world.deployment.control.begin() as connection:
            before = rows_of(connection)
            rewrite(connection, tampered(before, steps), chain=chain)
            after = rows_of(connection)
        passed = ledger.verify(world.deployment, (head,)).passed
        if after == before:
            assert passed
        elif not chain or after[: len(before)] != before:  # else an entry was added as anybody may who can write
            assert not passed


def tampered(rows: list[dict[str, Any]], steps: list[tuple[str, int, Any]]) -> list[dict[str, Any]]:
    """Rows stay numbered from 1 wherever they were moved: what their fields say is what matters."""
    rows = [dict(row) for row in rows]
    for step, at, other in steps:
        if at >= len(rows):
            continue
        if step == "edit":
            rows[at][other] = EDITS[other]
        elif step == "drop":
            del rows[at]
        elif step == "cut":
            del rows[at:]
        elif step == "move":
            rows.insert(min(other, len(rows) - 1), rows.pop(at))
        else:
            rows.insert(min(other, len(rows)), dict(rows[at]))
    return [row | {"sequence": sequence} for sequence, row in enumerate(rows, start=1)]
