"""Triggers of an application that get in the way, in the words of each database."""

from __future__ import annotations

from tests.world import World, write_snapshot

RAISES = {
    "sqlite": "SELECT RAISE(ABORT, 'Person Number10');",
    "postgresql": "RAISE EXCEPTION 'Person Number10';",
    "mariadb": "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Person Number10';",
}
OUT_OF_RANGE = {
    "sqlite": "SELECT zeroblob(2147483647);",
    "postgresql": "PERFORM 2147483647 + 1;",
    "mariadb": "SET @too_much = 18446744073709551615 + 1;",
}
WRONG = {
    "sqlite": "DELETE FROM nowhere;",
    "postgresql": "DELETE FROM nowhere;",
    "mariadb": "DELETE FROM nowhere;",
}


def before(world: World, event: str, table: str, when: str, body: dict[str, str], name: str = "in_the_way") -> None:
    """Make one, and let the snapshot know of it. ``event``: DELETE or INSERT. ``when``: a test of {row}, the old or new
    row."""
    words = body[world.deployment.database("shop").dialect.name]
    test = when.format(row="OLD" if event == "DELETE" else "NEW")
    world.execute_as_it_is(_statements(world, name, event, table, test, words))
    _known(world)


def _statements(world: World, name: str, event: str, table: str, test: str, words: str) -> list[str]:
    match world.deployment.database("shop").dialect.name:
        case "sqlite":
            return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {test} BEGIN {words} END"]
        case "postgresql":
            row = "OLD" if event == "DELETE" else "NEW"
            return [
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN IF {test} THEN {words} END IF; RETURN {row}; END $$",
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            ]
    return [
        f"CREATE TRIGGER {_beside(table, name)} BEFORE {event} ON {table} FOR EACH ROW IF {test} THEN {words} END IF"
    ]


def gone(world: World, table: str, name: str = "in_the_way") -> None:
    match world.deployment.database("shop").dialect.name:
        case "postgresql":
            name = f"{name} ON {table}"
        case "mariadb":
            name = _beside(table, name)
    world.execute_as_it_is([f"DROP TRIGGER {name}"])
    _known(world)


def _beside(table: str, name: str) -> str:
    """MariaDB keeps a trigger in its table's database."""
    database, point, _ = table.rpartition(".")
    return f"{database}{point}{name}"


def _known(world: World) -> None:
    write_snapshot(world.folder / "rules", world.url)
    world.deployment = world.reopened()
