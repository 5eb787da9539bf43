"""Identity links: a hold on a customer covers what is about the same person under another kind of key.

Visits are about a *visitor*, by e-mail address; the table of customers says which addresses are whose. Of the visits
of each person, that of 2023 is due.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from retention.model.hold import HoldState, SubjectKey
from retention.model.plan import StepPlan
from retention.model.run import StepResult
from retention.model.verdict import Reason, Verdict
from retention.policy import snapshot_text
from retention.runtime import holds
from retention.runtime.deployment import Deployment
from retention.runtime.dispose import dispose
from retention.runtime.initialise import initialise
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.sql.reflection import reflect
from tests.databases.test_holds import Addresses
from tests.world import AS_OF, DATASETS, RULES, World, make_world

LINKED = DATASETS + "    identity_links: [{table: customers, subjects: {customer: id, visitor: email}}]\n"
VISITS = RULES["visits"].replace("subject: {kind: customer, key: customer_id}", "subject: {kind: visitor, key: email}")
FOUR = SubjectKey(kind="customer", key="4")
KEPT = "SELECT DISTINCT email FROM visits WHERE seen_on < '2024-01-01' ORDER BY email"


def address(number: int) -> str:
    return f"person{number}@northgate.example"


@pytest.fixture
def world(any_database: str, tmp_path: Path) -> Iterator[World]:
    world = make_world(any_database, tmp_path)
    world.deployment.close()
    (tmp_path / "rules" / "datasets.yaml").write_text(LINKED, encoding="utf-8")
    (tmp_path / "rules" / "rules" / "shop" / "visits.yaml").write_text(VISITS, encoding="utf-8")
    world.deployment = world.reopened()
    world.execute("UPDATE visits SET email = (SELECT email FROM customers WHERE customers.id = visits.customer_id)")
    yield world
    world.deployment.close()


def place(world: World, *subjects: SubjectKey) -> str:
    receipt = holds.place(world.deployment, "matter", subjects, "lena")
    assert receipt.hold.state is HoldState.IN_FORCE
    return receipt.hold.id


def planned(world: World, name: str = "one") -> str:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    plan_run(world.deployment, handle.run_id)
    return handle.run_id


def visits_step(world: World, run_id: str) -> StepPlan:
    plan = world.deployment.control.runs.plan(run_id)
    assert plan is not None
    return next(step for step in plan.steps if step.rule_id == "shop.visits")


def visits_gone(world: World, run_id: str) -> StepResult:
    return dispose(world.deployment, run_id, "shop.visits")


def test_what_is_about_the_same_person_is_held(world: World) -> None:
    hold = place(world, FOUR)
    assert world.deployment.control.links.linked(hold) == {SubjectKey(kind="visitor", key=address(4))}
    result = visits_gone(world, planned(world))
    assert (result.deleted, world.rows(KEPT)) == (39, [(address(4),)])


def test_it_works_the_other_way_round(world: World) -> None:
    hold = place(world, SubjectKey(kind="visitor", key=address(4)))
    assert world.deployment.control.links.linked(hold) == {FOUR}
    run = planned(world)
    for rule in ("shop.invoices", "shop.customers"):
        dispose(world.deployment, run, rule)
    assert world.rows("SELECT count(*) FROM invoices WHERE customer_id = 4") == [(2,)]
    assert world.rows("SELECT email FROM customers WHERE id = 4") == [(address(4),)]


def test_a_link_that_comes_after_the_plan_is_seen_by_the_batch(world: World) -> None:
    place(world, FOUR)
    run = planned(world)
    world.execute("UPDATE customers SET email = NULL WHERE id = 8")
    world.execute("UPDATE customers SET email = :email WHERE id = 4", email=address(8))
    result = visits_gone(world, run)
    assert (result.deleted, world.rows(KEPT)) == (38, [(address(4),), (address(8),)])


def test_a_link_that_is_gone_still_holds(world: World) -> None:
    place(world, FOUR)
    world.execute("UPDATE customers SET email = :email WHERE id = 4", email="other@northgate.example")
    result = visits_gone(world, planned(world))
    assert (result.deleted, world.rows(KEPT)) == (39, [(address(4),)])


def test_a_link_without_a_key_leaves_everybody_of_the_kind_in_doubt(world: World) -> None:
    world.execute("UPDATE customers SET email = NULL WHERE id = 4")
    place(world, FOUR)
    run = planned(world)
    doubted = [tally.groups for tally in visits_step(world, run).tallies if tally.reason is Reason.SUBJECT_UNKNOWN]
    assert doubted == [40], "one of them is the held customer's, and nobody can tell which"
    assert visits_gone(world, run).deleted == 0
    gaps = world.deployment.control.links.gaps()
    assert [(gap.dataset, gap.table, gap.kinds) for gap in gaps] == [("shop", "customers", ("visitor",))]


def test_released_links_let_go(world: World) -> None:
    hold = place(world, FOUR)
    holds.request_release(world.deployment, hold, "lena", "settled")
    holds.confirm_release(world.deployment, hold, "otto")
    assert visits_gone(world, planned(world)).deleted == 40


def test_a_person_who_is_not_there_yet_is_held_once_she_comes(world: World) -> None:
    place(world, SubjectKey(kind="visitor", key="later@northgate.example"))
    run = planned(world)
    world.execute("UPDATE visits SET email = 'later@northgate.example' WHERE customer_id = 12")
    result = visits_gone(world, run)
    assert (result.deleted, world.rows(KEPT)) == (39, [("later@northgate.example",)])


ARCHIVE = """\
  archive:
    title: Archive
    url_from_environment: RETENTION_ARCHIVE_URL
    zone: UTC
    owner: privacy@northgate.example
"""
LETTERS = """\
version: 1
id: archive.letters
title: Letters
dataset: archive
cluster: letters
table: letters
subject: {kind: visitor, key: sender}
purposes:
  - {id: answers, start: sent_on, period: P1Y, basis: "GDPR 6(1)(f)"}
disposition: delete
columns: {id: key, sender: email, sent_on: date}
"""


def with_archive(world: World) -> None:
    """A second dataset, whose letters know a person by address alone."""
    path = world.folder / "archive.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE letters (id INTEGER PRIMARY KEY, sender TEXT, sent_on DATE NOT NULL)")
        rows = [(number, address(number), "2020-01-01") for number in (3, 4, 5)]
        connection.executemany("INSERT INTO letters VALUES (?, ?, ?)", rows)
    rules = world.folder / "rules"
    (rules / "datasets.yaml").write_text(LINKED + ARCHIVE, encoding="utf-8")
    (rules / "rules" / "archive").mkdir()
    (rules / "rules" / "archive" / "letters.yaml").write_text(LETTERS, encoding="utf-8")
    (rules / "snapshots" / "archive.yaml").write_text(
        "version: 1\ndataset: archive\ndialect: sqlite\ntables: {}\n", encoding="utf-8"
    )
    world.deployment.close()
    addresses = Addresses({"shop": world.url, "archive": f"sqlite:///{path}"})
    world.deployment = Deployment(rules, world.folder / "home", addresses, world.clock)
    database = world.deployment.database("archive")
    with database.reading() as connection:
        text = snapshot_text(reflect(connection, database), "archive")
    (rules / "snapshots" / "archive.yaml").write_text(text, encoding="utf-8")
    world.deployment.close()
    world.deployment = Deployment(rules, world.folder / "home", addresses, world.clock)
    initialise(world.deployment, ["archive"])


def test_a_link_of_one_dataset_holds_in_another(world: World) -> None:
    with_archive(world)
    place(world, FOUR)
    handle = prepare(world.deployment, "archive", as_of=AS_OF, plan_only=False, external_id="letters")
    plan = plan_run(world.deployment, handle.run_id)
    assert plan.steps[0].count(Verdict.HELD) == 1
    assert dispose(world.deployment, handle.run_id, "archive.letters").deleted == 2
    with closing(sqlite3.connect(world.folder / "archive.db")) as connection:
        assert connection.execute("SELECT sender FROM letters").fetchall() == [(address(4),)]
