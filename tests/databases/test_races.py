"""Holds against runs, and people who come back, with real processes on real databases."""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from retention.model.hold import HoldReceipt, SubjectKey
from retention.runtime import holds
from retention.runtime.dispose import dispose
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from tests.processes import disposing
from tests.world import AS_OF, KEY, RULES, SETTINGS, World, make_world

RACES = int(os.environ.get("RETENTION_RACES", "3"))
PEOPLE = 800
SMALL_BATCHES = SETTINGS + "batch_groups: 100\n"


def planned(world: World, name: str) -> str:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    return plan_run(world.deployment, handle.run_id).run_id


@dataclass(frozen=True)
class Held:
    """What a receipt said of a person, and the person's rows right after it."""

    customer: int
    receipt: HoldReceipt
    rows: tuple[list[tuple[object, ...]], ...]


def rows_of(world: World, customer: int) -> tuple[list[tuple[object, ...]], ...]:
    return (
        world.rows("SELECT * FROM customers WHERE id = :c", c=customer),
        world.rows("SELECT * FROM invoices WHERE customer_id = :c ORDER BY id", c=customer),
        world.rows(
            "SELECT * FROM invoice_lines WHERE invoice_id IN (SELECT id FROM invoices WHERE customer_id = :c) "
            "ORDER BY invoice_id, position",
            c=customer,
        ),
        world.rows("SELECT * FROM visits WHERE customer_id = :c ORDER BY id", c=customer),
    )


@pytest.mark.parametrize("race", range(RACES))
def test_no_row_in_a_holds_scope_is_touched_after_its_receipt(any_database: str, tmp_path: Path, race: int) -> None:
    _race(any_database, tmp_path, race)


@pytest.mark.parametrize(("dataset", "control"), [("postgresql", "mariadb"), ("mariadb", "postgresql")])
@pytest.mark.parametrize("race", range(max(1, RACES // 3)))
def test_nor_where_dataset_and_control_store_are_on_different_servers(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    dataset: str,
    control: str,
    race: int,
) -> None:
    monkeypatch.setenv("RETENTION_CONTROL_URL", request.getfixturevalue(f"{control}_database"))
    _race(request.getfixturevalue(f"{dataset}_database"), tmp_path, race)


def _race(database: str, tmp_path: Path, race: int) -> None:
    """One process disposes of everything that is due, while this one places hold after hold."""
    world = make_world(database, tmp_path, customers=PEOPLE)
    (tmp_path / "rules" / "settings.yaml").write_text(SMALL_BATCHES)
    world.deployment = world.reopened()
    run_id = planned(world, "race")
    process = disposing(database, tmp_path, KEY, run_id, tuple(f"shop.{name}" for name in RULES))
    chance = random.Random(race)
    placed: list[Held] = []
    try:
        while process.is_alive() and len(placed) < 25:
            time.sleep(chance.uniform(0, 0.25))
            customer = 4 * chance.randrange(1, PEOPLE // 4)
            subject = SubjectKey(kind="customer", key=str(customer))
            receipt = holds.place(world.deployment, f"matter {len(placed)}", (subject,), "lena")
            assert receipt.datasets[0].in_force
            placed.append(Held(customer, receipt, rows_of(world, customer)))
    finally:
        process.join(timeout=120)
    assert process.exitcode == 0
    assert placed
    for held in placed:
        assert rows_of(world, held.customer) == held.rows, "touched after the receipt"
        _check_receipt(held)
    assert world.count("invoice_lines", "invoice_id NOT IN (SELECT id FROM invoices)") == 0
    assert world.count("invoices", "id NOT IN (SELECT invoice_id FROM invoice_lines)") == 0, "a group is half gone"
    assert world.count("invoice_lines") == 2 * world.count("invoices")


def _check_receipt(held: Held) -> None:
    """The receipt counts what is there and names what had gone before."""
    told = held.receipt.datasets[0]
    protected = dict(told.protected)
    assert protected["invoices"] == len(held.rows[1])
    assert protected["visits"] == len(held.rows[3])
    assert ("shop.invoices" in {rule for rule, _, _ in told.gone}) == (len(held.rows[1]) < 2)
    assert ("shop.visits" in {rule for rule, _, _ in told.gone}) == (len(held.rows[3]) < 2)


def test_a_person_who_returns_while_the_batch_waits_is_kept(any_database: str, tmp_path: Path) -> None:
    world = make_world(any_database, tmp_path)
    run_id = planned(world, "return")
    engine = create_engine(any_database)
    with engine.connect() as application:
        application.execute(text("INSERT INTO memberships (id, customer_id, started_on) VALUES (900, 8, '2026-07-01')"))
        results: list[object] = []
        worker = threading.Thread(target=lambda: results.append(dispose(world.reopened(), run_id, "shop.customers")))
        worker.start()
        time.sleep(1.0)
        assert not results, "the batch waits for the person who is coming back"
        application.commit()
        worker.join(timeout=60)
    engine.dispose()
    assert len(results) == 1
    assert world.rows("SELECT email, full_name FROM customers WHERE id = 8") == [
        ("person8@northgate.example", "Person Number8")
    ]
    assert world.count("customers", "email LIKE '%@northgate.example'") == 31
