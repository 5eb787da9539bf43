"""A member table with two foreign keys onto its root: a row that goes with no group can still refer to one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, text

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


def test_a_row_of_a_member_table_that_goes_with_no_group_stops_the_group_it_refers_to(
    any_database: str, tmp_path: Path
) -> None:
    engine = create_engine(any_database)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.execute(text(statement))
    rules = tmp_path / "rules"
    (rules / "rules" / "shop").mkdir(parents=True)
    (rules / "rules" / "shop" / "orders.yaml").write_text(RULE, encoding="utf-8")
    (rules / "datasets.yaml").write_text(DATASETS, encoding="utf-8")
    (rules / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    write_snapshot(rules, any_database)
    deployment = Deployment(rules, tmp_path / "home", FixedResolver(any_database), SetClock())
    initialise(deployment, ["shop"])

    sealed = run_dataset(deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=quiet)

    assert sealed.problems == ()
    (step,) = sealed.plan.steps
    assert (step.count(Verdict.DUE), step.count(Verdict.REFERENCED)) == (1, 1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id FROM orders")).scalars().all() == [2]
        assert connection.execute(text("SELECT id FROM items ORDER BY id")).scalars().all() == [2, 3]
    engine.dispose()
