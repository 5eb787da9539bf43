"""A member table with two foreign keys onto its root: a row that goes with no group can still refer to one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import create_engine, text

from retention.model.run import SealedRun
from retention.model.verdict import Verdict
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from retention.runtime.run import run_dataset
from tests.databases.test_runs import quiet
from tests.world import AS_OF, SETTINGS, FixedResolver, SetClock, write_snapshot

TABLES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_on DATE NOT NULL)",
    "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), "
    "replaced_id INTEGER REFERENCES orders (id) ON DELETE CASCADE)",
    "CREATE INDEX ix_items_order ON items (order_id)",
    "CREATE INDEX ix_items_replaced ON items (replaced_id)",
    "INSERT INTO orders VALUES (1, '2018-01-01'), (2, '2018-01-01')",
    "INSERT INTO items VALUES (1, 1, NULL), (2, 2, NULL), (3, NULL, 2)",
)
RULE = """\
version: 1
id: shop.orders
title: Orders
dataset: shop
cluster: purchases
table: orders
goes_with:
  - {table: items, join: {order_id: id}, columns: {id: key, order_id: key, replaced_id: key}}
subject: {nobody: "numbers alone"}
purposes:
  - {id: claims, start: placed_on, period: P3Y, basis: "limitation of claims"}
disposition: delete
columns: {id: key, placed_on: date}
"""
DATASETS = """\
version: 1
datasets:
  shop: {title: Shop, url_from_environment: RETENTION_SHOP_URL, zone: UTC, owner: privacy@northgate.example}
"""


# Notes go with an item, tags with an order; each has a foreign key of its own to another table of the group.
DEEPER_TABLES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_on DATE NOT NULL)",
    "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id))",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id), "
    "order_id INTEGER REFERENCES orders (id))",
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), "
    "item_id INTEGER REFERENCES items (id))",
    "CREATE INDEX ix_items_order ON items (order_id)",
    "CREATE INDEX ix_notes_item ON notes (item_id)",
    "CREATE INDEX ix_notes_order ON notes (order_id)",
    "CREATE INDEX ix_tags_order ON tags (order_id)",
    "CREATE INDEX ix_tags_item ON tags (item_id)",
    "INSERT INTO orders VALUES (1, '2018-01-01'), (2, '2018-01-01'), (3, '2018-01-01'), (4, '2026-06-30')",
    "INSERT INTO items VALUES (1, 1), (2, 2), (3, 3), (4, 4)",
    "INSERT INTO notes VALUES (1, 1, 1), (2, 4, 2), (3, 1, NULL)",  # 2: a note on an item of order 4 about order 2
    "INSERT INTO tags VALUES (1, 1, 1), (2, 4, 3), (3, 1, NULL)",  # 2: a tag of order 4 about an item of order 3
)
DEEPER_RULE = RULE.replace(
    "  - {table: items, join: {order_id: id}, columns: {id: key, order_id: key, replaced_id: key}}",
    """\
  - {table: items, columns: {id: key, order_id: key}}
  - {table: notes, parent: items, join: {item_id: id}, columns: {id: key, item_id: key, order_id: key}}
  - {table: tags, join: {order_id: id}, columns: {id: key, order_id: key, item_id: key}}""",
)


def test_a_row_of_a_member_table_that_goes_with_no_group_stops_the_group_it_refers_to(
    any_database: str, tmp_path: Path
) -> None:
    sealed, _ = run_over(any_database, tmp_path, TABLES, RULE)
    (step,) = sealed.plan.steps
    assert (step.count(Verdict.DUE), step.count(Verdict.REFERENCED)) == (1, 1)
    assert ids(any_database, "orders", "items") == [[2], [2, 3]]


def test_a_member_refers_to_its_own_group_and_does_not_stop_it(any_database: str, tmp_path: Path) -> None:
    sealed, _ = run_over(any_database, tmp_path, DEEPER_TABLES, DEEPER_RULE)
    (step,) = sealed.plan.steps
    assert (step.count(Verdict.DUE), step.count(Verdict.RETAINED)) == (1, 1)
    referenced = {tally.detail: tally.groups for tally in step.tallies if tally.verdict is Verdict.REFERENCED}
    assert referenced == {"notes": 1, "tags": 1}, "by rows that go with order 4"
    assert ids(any_database, "orders", "items", "notes", "tags") == [[2, 3, 4], [2, 3, 4], [2], [2]]


def run_over(url: str, folder: Path, tables: Iterable[str], rule: str) -> tuple[SealedRun, Deployment]:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in tables:
            connection.execute(text(statement))
    engine.dispose()
    rules = folder / "rules"
    (rules / "rules" / "shop").mkdir(parents=True)
    (rules / "rules" / "shop" / "orders.yaml").write_text(rule, encoding="utf-8")
    (rules / "datasets.yaml").write_text(DATASETS, encoding="utf-8")
    (rules / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    write_snapshot(rules, url)
    deployment = Deployment(rules, folder / "home", FixedResolver(url), SetClock())
    initialise(deployment, ["shop"])
    sealed = run_dataset(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)
    assert sealed.problems == ()
    return sealed, deployment


def ids(url: str, *tables: str) -> list[list[int]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [list(connection.execute(text(f"SELECT id FROM {table} ORDER BY id")).scalars()) for table in tables]
    engine.dispose()
    return found
