"""A small world for tests of the whole engine: one dataset with three rules, on any database, with a clock to set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    create_engine,
    insert,
    make_url,
    text,
)

from retention.model.dataset import Dataset
from retention.policy import snapshot_text
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from retention.runtime.keys import new_key
from retention.sql.database import Database, backend_of
from retention.sql.dialects import dialect_named
from retention.sql.reflection import reflect

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
KEY = new_key()  # of this test run alone

METADATA = MetaData()
CUSTOMERS = Table(
    "customers",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("email", String(120), unique=True),
    Column("full_name", String(120), nullable=False),
    Column("phone", String(40)),
    Column("city", String(80)),
    Column("registered_on", Date, nullable=False),
)
MEMBERSHIPS = Table(
    "memberships",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False, index=True),
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date, index=True),
)
INVOICES = Table(
    "invoices",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, ForeignKey("customers.id"), index=True),
    Column("issued_on", Date, index=True),
    Column("billing_name", String(120)),
    Column("note", Text),
)
LINES = Table(
    "invoice_lines",
    METADATA,
    Column("invoice_id", Integer, ForeignKey("invoices.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("amount", Numeric(10, 2), nullable=False),
    Index("ix_invoice_lines_invoice", "invoice_id"),
)
VISITS = Table(
    "visits",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Integer, index=True),
    Column("email", String(120)),
    Column("seen_on", Date, index=True),
)

RULES = {
    "customers": """\
version: 1
id: shop.customers
title: Customers
dataset: shop
cluster: customer account
table: customers
subject: {kind: customer, key: id}
relationship: {table: memberships, end: ended_on, window: P6M}
purposes:
  - {id: membership, start: relationship_end, period: P1Y, basis: "GDPR 6(1)(b), contract"}
disposition: pseudonymize
columns:
  id: {kind: key, keep: rows of other tables refer to it}
  email: {kind: email, strategy: email}
  full_name: {kind: name, strategy: name}
  phone: {kind: phone, strategy: phone}
  city: {kind: city, strategy: city}
  registered_on: {kind: date, keep: counted in statistics by year}
""",
    "invoices": """\
version: 1
id: shop.invoices
title: Invoices
dataset: shop
cluster: purchases
table: invoices
goes_with:
  - {table: invoice_lines, columns: {invoice_id: key, position: none, amount: none}}
subject: {kind: customer, key: customer_id}
floors:
  - {id: tax, start: issued_on, align: calendar_year, period: P6Y, basis: "tax law, six years"}
disposition: delete
columns: {id: key, customer_id: key, issued_on: date, billing_name: name, note: free_text}
""",
    "visits": """\
version: 1
id: shop.visits
title: Visits
dataset: shop
cluster: visits
table: visits
subject: {kind: customer, key: customer_id}
purposes:
  - {id: statistics, start: seen_on, period: P25M, basis: "GDPR 6(1)(f)"}
disposition: delete
columns: {id: key, customer_id: key, email: email, seen_on: date}
""",
}

DATASETS = """\
version: 1
datasets:
  shop:
    title: Shop
    url_from_environment: RETENTION_SHOP_URL
    zone: UTC
    owner: privacy@northgate.example
    references:
      - {table: visits, columns: {customer_id: id}, refers_to: customers}
    ignored_tables: {memberships: read as the relationship of customers}
"""

SETTINGS = """\
version: 1
limits: {share: 1.0, groups: 1000000}
cool_down: P0D
first_run_is_plan_only: false
pool_size: 64
"""


@dataclass
class SetClock:
    """A clock that a test sets."""

    time: datetime = field(default_factory=lambda: datetime(2026, 7, 2, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass(frozen=True)
class FixedResolver:
    """One address for every dataset, and the key of this test run (or none)."""

    address: str
    key: str | None = KEY

    def url(self, dataset: Dataset) -> str:
        return self.address

    def pseudonym_key(self) -> str | None:
        return self.key


@dataclass
class World:
    """A deployment over one database, and the database itself for looking at it by other means."""

    deployment: Deployment
    url: str
    folder: Path
    clock: SetClock

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.connected() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def execute(self, statement: str, **values: Any) -> None:
        with self.connected() as connection:
            connection.execute(text(statement), values)

    def execute_as_it_is(self, statements: Iterable[str]) -> None:
        """Without a colon being taken for a value."""
        with self.connected() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def own(self, name: str) -> str:
        """One of our own tables, as this database names it."""
        url = make_url(self.url)
        dialect = dialect_named(backend_of(url), url.database or "")
        return f"{dialect.own_schema}." * (dialect.own_schema is not None) + dialect.own_name(name)

    def quoted(self, name: str) -> str:
        return make_url(self.url).get_dialect()().identifier_preparer.quote_identifier(name)

    def reopened(self) -> Deployment:
        """The same deployment, as another process would open it."""
        return Deployment(self.folder / "rules", self.folder / "home", FixedResolver(self.url, self._key), self.clock)

    @property
    def _key(self) -> str | None:
        return self.deployment.resolver.pseudonym_key()


def make_world(url: str, folder: Path, *, customers: int = 40, rules: Iterable[str] = RULES) -> World:
    """Fill the database behind ``url``, write rules and snapshot below ``folder``, initialise everything."""
    engine = create_engine(url)
    with engine.begin() as connection:
        METADATA.create_all(connection)
        fill(connection, customers)
    engine.dispose()
    write_rules(folder / "rules", url, rules)
    clock = SetClock()
    deployment = Deployment(folder / "rules", folder / "home", FixedResolver(url), clock)
    initialise(deployment, ["shop"])
    return World(deployment=deployment, url=url, folder=folder, clock=clock)


def write_rules(folder: Path, url: str, rules: Iterable[str]) -> None:
    for name in rules:
        path = folder / "rules" / "shop" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RULES[name], encoding="utf-8")
    (folder / "datasets.yaml").write_text(DATASETS, encoding="utf-8")
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    write_snapshot(folder, url)


def write_snapshot(folder: Path, url: str) -> None:
    """The schema of the database as it is, as `retention snapshot` writes it."""
    (folder / "snapshots").mkdir(exist_ok=True)
    database = Database.open(_dataset(), url)
    with database.reading() as connection:
        schema = reflect(connection, database)
    database.close()
    (folder / "snapshots" / "shop.yaml").write_text(snapshot_text(schema, "shop"), encoding="utf-8")


def _dataset() -> Dataset:
    return Dataset(
        id="shop",
        title="Shop",
        environment="RETENTION_SHOP_URL",
        connection=None,
        schema=None,
        zone="UTC",
        schedule=None,
        owner="privacy@northgate.example",
    )


def fill(connection: Connection, customers: int) -> None:
    """Customer i: i % 4 == 0 left in 2020 (due), 1 left in 2026-03 (retained), 2 is active, 3 never was a member.

    Invoices of customer i: one of 2018 (free to go), one of 2022 (retained by law); two lines each. Two visits each:
    one of 2023 (due), one of 2026.
    """
    ids = range(1, customers + 1)
    ended = {0: date(2020, 5, 31), 1: date(2026, 3, 31), 2: None}
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in METADATA.sorted_tables}
    for i in ids:
        rows[CUSTOMERS].append(
            {
                "id": i,
                "email": f"person{i}@northgate.example",
                "full_name": f"Person Number{i}",
                "phone": f"+1 415 555 {i:04d}",
                "city": "Sampleville",
                "registered_on": date(2018, 1, 1 + i % 28),
            }
        )
        if i % 4 != 3:
            rows[MEMBERSHIPS].append(
                {"id": i, "customer_id": i, "started_on": date(2018, 2, 1), "ended_on": ended[i % 4]}
            )
        for number, year in ((2 * i, 2018), (2 * i + 1, 2022)):
            rows[INVOICES].append(
                {
                    "id": number,
                    "customer_id": i,
                    "issued_on": date(year, 6, 15),
                    "billing_name": f"Person Number{i}",
                    "note": None,
                }
            )
            rows[LINES] += [{"invoice_id": number, "position": p, "amount": 10 * p} for p in (1, 2)]
        for number, day in ((2 * i, date(2023, 1, 1)), (2 * i + 1, date(2026, 6, 1))):
            rows[VISITS].append(
                {"id": number, "customer_id": i, "email": f"person{i}@northgate.example", "seen_on": day}
            )
    for table in METADATA.sorted_tables:
        for start in range(0, len(rows[table]), 5000):
            connection.execute(insert(table), rows[table][start : start + 5000])
