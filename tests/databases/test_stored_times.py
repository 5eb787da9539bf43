"""How times are stored: texts, numbers, and what a database's own types hold beside times. Expected by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from retention.model.run import RunState
from retention.model.verdict import Verdict
from retention.runtime.explain import explain
from retention.runtime.new_rule import Decided, new_rule
from retention.runtime.plan_run import preview
from retention.runtime.run import run_dataset
from retention.runtime.snapshot import snapshot
from tests.databases.people import people_world
from tests.processes import quiet
from tests.world import World

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
RULE = """\
version: 1
id: shop.visits
title: Visits
dataset: shop
cluster: visits
table: visits
subject: {kind: person, key: person_id}
purposes:
  - {id: traffic, start: %s, period: P1Y, basis: "GDPR 6(1)(f), security"}
disposition: delete
columns: {id: key, person_id: key, seen: date}
"""
PEOPLE = """\
purposes: [{id: account, start: left_on, period: P1Y, basis: contract}]
"""
TEXTS = {  # the local day in Berlin, and whether its year has passed on 2026-07-01
    "iso_date": (["2025-06-30", "2020-01-01"], ["2025-07-01"], ["2025-02-29", "30.06.2024", "2025-6-1"]),
    "iso_local, zone: Europe/Berlin": (
        ["2025-06-30T23:59:59.999999", "2025-06-30 23:59:59"],
        ["2025-07-01T00:00:00", "2025-07-01 00:00:00"],
        ["2025-06-30T23:59:59Z", "2025-06-30 25:00:00"],
    ),
    "iso_utc": (
        ["2025-06-30T21:59:59Z", "2025-06-30T21:59:59.999999+00:00"],
        ["2025-06-30T22:00:00Z", "2025-06-30T22:00:00.0+00:00"],
        ["2025-06-30T21:59:59", "2025-06-30T23:59:59+02:00"],
    ),
}
LATE_HOUR = "zone: Europe/Berlin\n"


def _world(url: str, folder: Path, type_name: str, start: str, values: list[object]) -> World:
    made = [
        f"CREATE TABLE visits (id INTEGER PRIMARY KEY, person_id INTEGER, seen {type_name})",
        "CREATE INDEX ix_visits_person ON visits (person_id)",
    ]
    rule = (RULE % start).replace("subject:", f"{LATE_HOUR}subject:")
    world = people_world(url, folder, PEOPLE, made, visits=rule)
    for key, value in enumerate(values, start=1):
        world.execute("INSERT INTO visits VALUES (:id, :id, :seen)", id=key, seen=value)
    return world


def _verdicts(world: World, keys: range) -> list[str]:
    """Of the rows, as explain says them one by one; a plan counts them alike, and a run takes those that are due."""
    found = {key: explain(world.deployment, "shop.visits", str(key), AS_OF).verdict for key in keys}
    (step,) = (one for one in preview(world.deployment, "shop", AS_OF).steps if one.rule_id == "shop.visits")
    counted: Counter[Verdict] = Counter()
    for tally in step.tallies:
        counted[tally.verdict] += tally.groups
    assert counted == Counter(found.values())
    done = run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)
    assert done.state is RunState.SEALED, done.problems
    left = {key for (key,) in world.rows("SELECT id FROM visits")}
    assert left == {key for key, verdict in found.items() if verdict is not Verdict.DUE}
    return [found[key].name for key in keys]


@pytest.mark.parametrize("stored", TEXTS)
def test_texts_are_times_to_every_database(any_database: str, tmp_path: Path, stored: str) -> None:
    due, kept, unreadable = TEXTS[stored]
    values: list[object] = [*due, *kept, *unreadable, None, "open end"]
    start = f'{{column: seen, stored: {stored}, open: ["open end"]}}'
    world = _world(any_database, tmp_path, "VARCHAR(40)", start, values)
    expected = ["DUE"] * len(due) + ["RETAINED"] * len(kept) + ["UNDETERMINED"] * (len(unreadable) + 1) + ["RETAINED"]
    assert _verdicts(world, range(1, len(values) + 1)) == expected


SPECIAL = {  # the type, how the rule writes it, a value that is due, and what is no time
    "sqlite": [
        ("DATE", "", "2020-01-01", "0000-00-00"),
        ("DATETIME", ", zone: UTC", "2020-01-01 00:00:00", "0000-00-00"),
    ],
    "postgresql": [
        ("DATE", "", "2020-01-01", "infinity"),
        ("TIMESTAMPTZ", "", "2020-01-01 00:00:00+00", "infinity"),
    ],
    "mariadb": [
        ("DATE", "", "2020-01-01", "0000-00-00"),
        ("DATETIME", ", zone: UTC", "2020-01-01 00:00:00", "0000-00-00 00:00:00"),
    ],
}


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("declared", [True, False])
def test_what_a_type_holds_beside_times_is_open_where_that_is_declared(
    any_database: str, tmp_path: Path, number: int, declared: bool
) -> None:
    kind = any_database.partition(":")[0].partition("+")[0]
    type_name, zone, due, special = SPECIAL[kind][number]
    opened = f', open: ["{special.partition(" ")[0]}"]' if declared else ""
    world = _world(any_database, tmp_path, type_name, f"{{column: seen{zone}{opened}}}", [])
    with world.connected() as connection:
        if kind == "mariadb":
            connection.execute(text("SET SESSION sql_mode = ''"))
        for key, value in enumerate((due, special), start=1):
            connection.execute(text(f"INSERT INTO visits VALUES ({key}, {key}, '{value}')"))
    assert _verdicts(world, range(1, 3)) == ["DUE", "RETAINED" if declared else "UNDETERMINED"]


LOOKED_AT = [
    ("BIGINT", [1_700_000_000, 0, 1_600_000_000], "stored: epoch_s", "2 of 3 values"),
    ("BIGINT", [1_700_000_000_000, 1_600_000_000_000], "stored: epoch_ms", "all 2 values"),
    ("VARCHAR(40)", ["2025-06-30", "2025-07-01", None], "stored: iso_date", "all 2 values"),
    ("VARCHAR(40)", ["2025-06-30 10:00:00", "n/a"], "stored: iso_local, zone: UTC", "1 of 2 values"),
    ("VARCHAR(40)", ["2025-06-30T10:00:00.5Z"], "stored: iso_utc", "all 1 values"),
]


@pytest.mark.parametrize(("type_name", "values", "written", "said"), LOOKED_AT)
def test_a_new_rule_says_how_times_are_stored_from_what_stands_there(
    any_database: str, tmp_path: Path, type_name: str, values: list[object], written: str, said: str
) -> None:
    world = people_world(any_database, tmp_path, PEOPLE, [])
    world.execute_as_it_is([f"CREATE TABLE scans (id INTEGER PRIMARY KEY, person_id INTEGER, scanned_at {type_name})"])
    for key, value in enumerate(values, start=1):
        world.execute("INSERT INTO scans (id, scanned_at) VALUES (:id, :at)", id=key, at=value)
    snapshot(world.deployment, "shop")
    found = new_rule(world.deployment, "shop.scans", Decided(), write=False)
    assert f"{{column: scanned_at, {written}}}" in found.text
    (seen,) = found.stored
    assert seen.startswith("scans.scanned_at: ") and seen.endswith(said)
    assert ("do not read so" in found.text) is (" of " in said)
