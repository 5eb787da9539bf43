"""Two datasets: ``orders`` tells when somebody ordered last, and the customers of ``shop`` count from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import create_engine, text

from retention.model.dataset import Dataset
from retention.model.plan import Plan, Tally
from retention.model.run import SealedRun
from retention.model.verdict import Verdict
from retention.policy import snapshot_text
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from retention.runtime.plan_run import preview
from retention.runtime.run import run_dataset
from retention.sql.database import Database
from retention.sql.reflection import reflect
from tests.world import AS_OF, DATASETS, KEY, RULES, SETTINGS, World, make_world

ORDERS = """\
  orders:
    title: Orders
    url_from_environment: RETENTION_ORDERS_URL
    zone: UTC
    owner: privacy@northgate.example
"""
FACTS = """\
facts:
  last_order:
    title: Last order
    kind: customer
    rows: {dataset: orders, table: orders, key: customer_id, at: ordered_on}
    fresh_for: P3D
    expires: P5Y
"""
CUSTOMERS = RULES["customers"].replace("window: P6M}", "window: P6M, facts: [last_order]}")
OLD_ORDERS = """\
version: 1
id: orders.orders
title: Orders
dataset: orders
cluster: purchases
table: orders
subject: {kind: customer, key: customer_id}
purposes:
  - {id: complaints, start: ordered_on, period: P3Y, basis: "GDPR 6(1)(f)"}
disposition: delete
columns: {id: key, customer_id: key, ordered_on: date}
"""
TABLE = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, ordered_on DATE)"


@dataclass
class Addresses:
    """One for each dataset; none for what cannot be reached."""

    urls: dict[str, str]

    def url(self, dataset: Dataset) -> str:
        return self.urls[dataset.id]

    def pseudonym_key(self) -> str | None:
        return KEY


@dataclass
class TwoDatasets:
    shop: World
    orders_url: str

    @property
    def deployment(self) -> Deployment:
        return self.shop.deployment

    def reopen(self, orders_url: str | None = None) -> None:
        """As another process would open it; ``orders_url``: where the dataset is said to be."""
        self.shop.deployment.close()
        urls = {"shop": self.shop.url, "orders": orders_url or self.orders_url}
        folder = self.shop.folder
        self.shop.deployment = Deployment(folder / "rules", folder / "home", Addresses(urls), self.shop.clock)

    def write(self, name: str, content: str) -> None:
        path = self.shop.folder / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def order(self, *orders: tuple[int, int | None, date | None]) -> None:
        """(id, customer, day)"""
        engine = create_engine(self.orders_url)
        with engine.begin() as connection:
            for number, customer, day in orders:
                values = {"id": number, "customer": customer, "day": day}
                connection.execute(text("INSERT INTO orders VALUES (:id, :customer, :day)"), values)
        engine.dispose()

    def in_orders(self, statement: str) -> list[tuple[object, ...]]:
        engine = create_engine(self.orders_url)
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows

    def told(self) -> int:
        """How many statements are kept of orders that are gone."""
        orders = World(self.deployment, self.orders_url, self.shop.folder, self.shop.clock)
        return orders.count(orders.own("told__last_order"))

    def run(self, dataset: str, name: str) -> SealedRun:
        self.shop.clock.advance(seconds=1)  # no two runs begin at once
        return run_dataset(
            self.shop.deployment, dataset, as_of=AS_OF, plan_only=False, external_id=name, told=lambda *_: None
        )

    def verdicts(self, day: date | None = None) -> dict[str, int]:
        """Of the customers, without bringing anything."""
        as_of = AS_OF if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
        return told_apart(preview(self.shop.deployment, "shop", as_of))

    def facts(self) -> dict[str, tuple[int, object]]:
        """Subject key -> state and day, read by other means than the decision's."""
        rows = self.shop.rows(f"SELECT subject_key, state, day FROM {self.shop.own('fact')}")
        return {key: (state, None if day is None else date.fromisoformat(str(day))) for key, state, day in rows}


def told_apart(plan: Plan) -> dict[str, int]:
    step = next(step for step in plan.steps if step.rule_id == "shop.customers")
    found: dict[str, int] = {}
    for tally in step.tallies:
        name = " ".join(part for part in (tally.verdict.value, _why(tally)) if part)
        found[name] = found.get(name, 0) + tally.groups
    return found


def _why(tally: Tally) -> str:
    return tally.reason.value if tally.verdict is Verdict.UNDETERMINED else ""


def make_two(new_database: Callable[[], str], folder: Path, *, customers: int = 8) -> TwoDatasets:
    """Customers as in tests.world; the orders are empty."""
    shop = make_world(new_database(), folder, customers=customers, rules=("customers",))
    shop.execute("DELETE FROM visits")
    two = TwoDatasets(shop, new_database())
    two.in_orders(TABLE)
    two.in_orders("CREATE INDEX ix_orders_customer ON orders (customer_id)")
    two.write("datasets.yaml", DATASETS + ORDERS + FACTS)
    two.write("settings.yaml", SETTINGS + "full_sweep_every_days: 0\n")
    two.write("rules/shop/customers.yaml", CUSTOMERS)
    two.write("rules/orders/orders.yaml", OLD_ORDERS)
    two.write("snapshots/orders.yaml", _snapshot(two))
    two.reopen()
    initialise(two.shop.deployment, ["orders"])
    return two


def _snapshot(two: TwoDatasets) -> str:
    declared = Dataset(
        id="orders",
        title="",
        environment="RETENTION_ORDERS_URL",
        connection=None,
        schema=None,
        zone="UTC",
        schedule=None,
        owner="",
    )
    database = Database.open(declared, two.orders_url)
    with database.reading() as connection:
        schema = reflect(connection, database)
    database.close()
    return snapshot_text(schema, "orders")
