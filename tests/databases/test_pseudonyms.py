"""What the databases write is what the reference says, and nothing that is secret is said on the way."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from anonymizers.registry import names
from retention.model.errors import RetentionError
from retention.model.rule import ColumnUse, Replace
from retention.sql.control.records import Pool
from retention.sql.pools import content_digest, copy_pool, pool_digest_of
from retention.sql.pseudonymize import written_digest
from tests.databases.pseudonym_world import LOGINS, SECRET, Opened, member, opened, reference, rule, use
from tests.unit.anonymizers.made_up_pools import POOLS

WAYS = ("subject", "value", "row")
CHOICES: dict[str, list[dict[str, Any]]] = {
    "constant": [{"value": "gone"}],
    "email": [{}, {"domain": "mail.example.org"}],
    "phone": [{}, {"country": "gb"}, {"country": "de"}, {"country": "fr"}],
    "token": [{}, {"length": 21}],
    "ip": [{}, {"version": 4}, {"version": 6}],
}
USES = tuple(
    use(f"{name}_{number}_{way}", name, way, **params)
    for name in names()
    for number, params in enumerate(CHOICES.get(name, [{}]))
    for way in WAYS
)
ORIGINALS = ("Άννα O'Neil", "", "10.1.2.3", "fe80::1", "1987-06-05", "1987-06-05 10:11:12", "5 June 1987", None)


def _original(row: int, column: int) -> str | None:
    return ORIGINALS[(row + column) % len(ORIGINALS)]


@pytest.fixture
def people(any_database: str) -> Iterator[Opened]:
    columns = ", ".join(f'"{one.column}" VARCHAR(200)' for one in USES)
    create = f"CREATE TABLE people (id INTEGER PRIMARY KEY, login VARCHAR(40), {columns})"
    with opened(any_database, [create]) as world:
        for number, login in enumerate(LOGINS):
            values = {f"v{column}": _original(number, column) for column in range(len(USES))}
            placed = ", ".join(f":{name}" for name in values)
            statement = f"INSERT INTO people VALUES (:id, :login, {placed})"
            world.connection.execute(text(statement), {"id": number, "login": login, **values})
        yield world


def test_every_strategy_writes_what_the_reference_says(people: Opened) -> None:
    context = people.context(rule("people", ["id"], USES))
    assert people.pseudonymize(context, "people", USES) == len(LOGINS)
    for row in people.rows("SELECT * FROM people"):
        number = row["id"]
        expected = {
            one.column: reference(
                one, _original(number, column), subject=LOGINS[number], table="people", key=[str(number)]
            )
            for column, one in enumerate(USES)
        }
        assert {name: row[name] for name in expected} == expected


def test_only_the_rows_of_the_batch_are_written(people: Opened) -> None:
    context = people.context(rule("people", ["id"], USES))
    before = people.rows("SELECT * FROM people WHERE id >= 3 ORDER BY id")
    assert people.pseudonymize(context, "people", USES, "id < 3") == 3
    assert people.rows("SELECT * FROM people WHERE id >= 3 ORDER BY id") == before


def test_two_people_whom_nobody_knows_do_not_become_one(people: Opened) -> None:
    uses = [use("email_0_subject", "email")]
    people.connection.execute(text("UPDATE people SET email_0_subject = 'someone'"))
    people.pseudonymize(people.context(rule("people", ["id"], uses)), "people", uses)
    emails = [row["email_0_subject"] for row in people.rows("SELECT email_0_subject FROM people")]
    assert len(set(emails)) == len(LOGINS)


def test_the_same_person_is_the_same_in_every_table(any_database: str) -> None:
    create = [
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login VARCHAR(40) UNIQUE, full_name TEXT)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, login VARCHAR(40) REFERENCES people (login), buyer TEXT)",
        "CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), family TEXT, "
        "note TEXT)",
        "INSERT INTO people VALUES (1, 'Łukasz', 'A'), (2, '2', 'B')",
        "INSERT INTO orders VALUES (10, 'Łukasz', 'A'), (20, '2', 'B'), (21, '2', 'B')",
        "INSERT INTO parcels VALUES (100, 10, 'A', 'x'), (210, 21, 'B', NULL), (211, 21, 'B', 'x')",
    ]
    root, buyer = [use("full_name", "name")], [use("buyer", "name")]
    parcel = [use("family", "family_name"), use("note", "token", "row")]
    members = [
        member("orders", "people", {"login": "login"}, "id", buyer),
        member("parcels", "orders", {"order_id": "id"}, "id", parcel),
    ]
    with opened(any_database, create) as world:
        context = world.context(rule("people", ["id"], root, members))
        assert world.pseudonymize(context, "people", root, "id = 1 OR id = 2") == 2
        assert world.pseudonymize(context, "orders", buyer, "id = 1 OR id = 2") == 3
        assert world.pseudonymize(context, "parcels", parcel, "id = 2") == 2
        full = {row["login"]: row["full_name"] for row in world.rows("SELECT * FROM people")}
        assert full == {
            login: reference(root[0], "A", subject=login, table="people", key=["1"]) for login in ("Łukasz", "2")
        }
        assert [full[row["login"]] for row in world.rows("SELECT * FROM orders")] == [
            row["buyer"] for row in world.rows("SELECT * FROM orders")
        ]
        tokens = {number: reference(parcel[1], "x", subject="2", table="parcels", key=[number]) for number in ("211",)}
        assert world.rows("SELECT * FROM parcels ORDER BY id") == [
            {"id": 100, "order_id": 10, "family": "A", "note": "x"},
            {"id": 210, "order_id": 21, "family": full["2"].split(" ", 1)[1], "note": None},
            {"id": 211, "order_id": 21, "family": full["2"].split(" ", 1)[1], "note": tokens["211"]},
        ]


def test_a_key_of_several_columns_tells_rows_apart(any_database: str) -> None:
    uses = [use("word", "token", "row")]
    create = [
        'CREATE TABLE "odd table" ("a-b" VARCHAR(40), n INTEGER, login TEXT, word TEXT NOT NULL, '
        'PRIMARY KEY ("a-b", n))',
        """INSERT INTO "odd table" VALUES ('x', 1, 'p', 'w'), ('x', 2, 'p', 'w'), ('y', 1, NULL, 'w')""",
    ]
    with opened(any_database, create) as world:
        assert world.pseudonymize(world.context(rule("odd table", ["a-b", "n"], uses)), "odd table", uses) == 3
        for row in world.rows('SELECT * FROM "odd table"'):
            key = [row["a-b"], str(row["n"])]
            assert row["word"] == reference(uses[0], "w", subject=row["login"], table="odd table", key=key)


_TYPED = (use("born", "year"), use("at", "year"), use("seen", "year"), use("device", "token"), use("address", "ip"))


def test_values_keep_the_type_of_their_column_on_postgresql(postgresql_database: str) -> None:
    uses = (*_TYPED, use("number", "constant", value=0), use("flag", "constant", value=False))
    create = [
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT, born DATE NOT NULL, at TIMESTAMP, seen TIMESTAMPTZ, "
        "device UUID, address INET, number NUMERIC(8, 2), flag BOOLEAN, mood mood)",
        "INSERT INTO people VALUES (1, 'a', '1987-06-05', '2020-12-31 23:59:59.5', '2021-01-01 00:30+01', "
        "'0f0e0d0c-0000-4000-8000-00000000000a', 'fe80::1/64', 3.14, true, 'bad'), (2, 'b', 'infinity', NULL, NULL, "
        "NULL, '10.0.0.1', NULL, NULL, NULL)",
    ]
    mood = use("mood", "constant", value="good")
    with opened(postgresql_database, create) as world:
        world.pseudonymize(world.context(rule("people", ["id"], (*uses, mood))), "people", (*uses, mood))
        shown = (
            "SELECT id, born::text, at::text, seen::text, device::text, host(address) AS address, number, flag, mood"
        )
        one, two = world.rows(f"{shown} FROM people ORDER BY id")
    assert (one["born"], one["at"], one["seen"]) == ("1987-01-01", "2020-01-01 00:00:00", "2020-01-01 00:00:00+00")
    token = reference(_TYPED[3], "x", subject="a", table="people", key=["1"])
    assert one["device"].replace("-", "") == token
    assert one["address"] == reference(_TYPED[4], "fe80::1/64", subject="a", table="people", key=["1"])
    assert two["address"] == reference(_TYPED[4], "10.0.0.1", subject="b", table="people", key=["2"])
    assert (one["number"], one["flag"], one["mood"]) == (0, False, "good")
    assert two == {**dict.fromkeys(two), "id": 2, "born": "infinity", "address": two["address"]}


def test_values_keep_the_form_of_their_column_on_sqlite(sqlite_database: str) -> None:
    uses = (*_TYPED[:2], use("device", "token", length=20), use("number", "constant", value=0))
    create = [
        'CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT, born DATE, "at" DATETIME, device VARCHAR(9), '
        "number INTEGER)",
        "INSERT INTO people VALUES (1, 'a', '1987-06-05', '2020-12-31 23:59:59.500000', 'x', 3), "
        "(2, 'b', 'in June', '2020-12-31', NULL, NULL), (3, 'c', 1987, NULL, x'6869', 'three')",
    ]
    with opened(sqlite_database, create) as world:
        world.pseudonymize(world.context(rule("people", ["id"], uses)), "people", uses)
        rows = world.rows("SELECT id, born, at, device, number FROM people ORDER BY id")
    tokens = [reference(uses[2], "x", subject=login, table="people", key=["1"]) for login in ("a", "c")]
    assert rows == [
        {"id": 1, "born": "1987-01-01", "at": "2020-01-01 00:00:00", "device": tokens[0], "number": 0},
        {"id": 2, "born": None, "at": "2020-01-01 00:00:00", "device": None, "number": None},
        {"id": 3, "born": None, "at": None, "device": tokens[1], "number": 0},
    ]


def test_what_is_too_long_is_an_error_and_not_cut(postgresql_database: str) -> None:
    create = [
        "CREATE DOMAIN short AS VARCHAR(5)",
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT, a VARCHAR(5), b short, c CHAR(5))",
        "INSERT INTO people VALUES (1, 'x', 'a', 'b', 'c')",
    ]
    with opened(postgresql_database, create) as world:
        for column in ("a", "b", "c"):
            for one in (use(column, "email"), use(column, "constant", value="longer than five")):
                with pytest.raises(DBAPIError, match="22001"), world.connection.begin_nested():
                    context = world.context(rule("people", ["id"], [one]))
                    world.pseudonymize(context, "people", [one])


def test_no_secret_and_nothing_of_a_person_is_in_statements_parameters_and_logs(
    any_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    create = [
        "CREATE TABLE people (id INTEGER PRIMARY KEY, login VARCHAR(40), email TEXT, full_name TEXT, city TEXT)",
        "INSERT INTO people VALUES (1, 'canary-login', 'canary@mail', 'Canary Person', 'Canary City')",
    ]
    uses = (use("email", "email"), use("full_name", "name", "value"), use("city", "city", "row"))
    caplog.set_level(logging.DEBUG)
    with opened(any_database, create) as world:

        @event.listens_for(world.connection, "before_cursor_execute")
        def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
            said.append(f"{statement} {parameters}")

        context = world.context(rule("people", ["id"], uses))
        assert world.pseudonymize(context, "people", uses) == 1
        assert world.rows("SELECT email FROM people")[0]["email"].endswith("@person.example")
    everything = " ".join([*said, *caplog.messages]).lower()
    assert "update people" in everything
    for hidden in ("canary", SECRET.hex(), SECRET.decode("latin-1").lower(), str(list(SECRET))):
        assert hidden not in everything


def test_a_pool_that_was_not_prepared_is_refused(people: Opened) -> None:
    context = people.context(rule("people", ["id"], USES))
    uses = [use("city_0_subject", "city", locale="de_DE")]
    with pytest.raises(RetentionError, match=r"R345 pool city@de_DE"):
        people.pseudonymize(context, "people", uses)


_CHANGES: tuple[Callable[[str, str], str], ...] = (
    lambda pool, value: f"UPDATE {value} SET value = 'Eville' WHERE name = 'city@en_US' AND position = 1",
    lambda pool, value: f"DELETE FROM {value} WHERE name = 'city@en_US' AND position = 3",
    lambda pool, value: f"DELETE FROM {value} WHERE name = 'city@en_US' AND position = 0",
    lambda pool, value: f"UPDATE {pool} SET size = 3 WHERE name = 'city@en_US'",
    lambda pool, value: f"DELETE FROM {pool} WHERE name = 'city@en_US'",
    lambda pool, value: f"DELETE FROM {value} WHERE name = 'city@en_US'",
)


@pytest.mark.parametrize("change", _CHANGES)
def test_a_copy_of_a_pool_that_was_changed_is_refused(any_database: str, change: Callable[[str, str], str]) -> None:
    values = POOLS["city"]
    pool = Pool(name="city@en_US", version=1, values=values, digest=content_digest(values), faker="none")
    with opened(any_database) as world:
        own, dialect = world.database.own, world.database.dialect
        assert pool_digest_of(world.connection, own, pool.name, 1) == pool.digest
        assert pool_digest_of(world.connection, own, pool.name, 2) is None
        copy_pool(world.connection, own, dialect, pool)
        world.connection.execute(text(change(own.pool.fullname, own.pool_value.fullname)))
        with pytest.raises(RetentionError, match=r"R345 pool city@en_US"):
            copy_pool(world.connection, own, dialect, pool)


def test_the_digest_of_what_was_written_tells_everything_apart(any_database: str) -> None:
    rows = [(1, "a", "b"), (2, "ab", ""), (3, "ab", None), (4, None, "ab"), (5, "", "ab"), (6, None, None), (7, "", "")]
    create = ["CREATE TABLE people (id INTEGER PRIMARY KEY, login VARCHAR(9), a TEXT, b TEXT)"]
    uses: list[ColumnUse] = [use("a", "null")]
    assert isinstance(uses[0].treatment, Replace)
    with opened(any_database, create) as world:
        for number, a, b in rows:
            world.connection.execute(
                text("INSERT INTO people VALUES (:id, NULL, :a, :b)"), {"id": number, "a": a, "b": b}
            )
        context = world.context(rule("people", ["id"], uses))
        table = context.root
        digest = written_digest([table.c.a, table.c.b], context.dialect)
        found = [bytes(value) for value in world.connection.execute(digest.select()).scalars()]
    assert len(set(found)) == len(rows)
