"""Finding what is due under the laws of ten countries, against the indexed query that a person would write.

On PostgreSQL: invoices of which one in two hundred is due. It is measured once more with ten further laws, of countries
of which there is no invoice: what does not match must cost next to nothing.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, select

from retention.policy.statutes import load_statutes
from retention.runtime.compiling import Compiling, ensure_tables, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from tests.benchmarks.servers import Server
from tests.world import FixedResolver, SetClock, write_snapshot

ROOT = Path(__file__).resolve().parents[2]
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
TIMES = 15  # measured in turns
# The last day whose invoices may go, by hand, for a fiscal year that is the calendar year. Members of the Union: ten
# years from the end of the year (Implementing Regulation 282/2011, article 63c), which is the longest in each of them.
# Switzerland: ten years from the end of the fiscal year (OR 958f). United Kingdom: six from the end of the year.
BY_HAND = {
    **dict.fromkeys(("AT", "DE", "ES", "FR", "IE", "IT", "NL", "PL"), "2015-12-31"),
    "CH": "2015-12-31",
    "GB": "2019-12-31",
}
FURTHER = "".join(
    f"  - {{id: further-{number}, start: issued_on, align: calendar_year, period: P{4 + number}Y, basis: a law, "
    f"when: {{column: country, equals: X{number}}}}}\n"
    for number in range(10)
)
RULE = """\
version: 1
id: shop.invoices
title: Invoices
dataset: shop
cluster: purchases
table: invoices
subject: {kind: customer, key: account_id}
floors:
  - id: books
    statutes: {category: invoices_tax, jurisdiction: country, covers: [%s]}
    start: issued_on
    fiscal_year_ends: "12-31"
%sdisposition: delete
columns: {id: key, account_id: key, country: country, issued_on: date}
"""
DATASETS = """\
version: 1
datasets:
  shop: {title: Shop, url_from_environment: RETENTION_SHOP_URL, zone: UTC, owner: privacy@northgate.example}
"""


@dataclass(frozen=True)
class LawsMeasured:
    """Medians in seconds; ``plan``: EXPLAIN ANALYZE of what the engine asked."""

    rows: int
    due: int
    clauses: int
    engine: float
    by_hand: float
    plan: str

    @property
    def ratio(self) -> float:
        return self.engine / self.by_hand


def measure_many_laws(server: Server, folder: Path, rows: int) -> Iterable[LawsMeasured]:
    """Without the further laws, and with them. Raises RuntimeError where the two ways do not find the same rows."""
    server.make("laws")
    engine = create_engine(server.url("laws"), isolation_level="AUTOCOMMIT")
    with closing(engine.connect()) as connection:
        _fill(connection, rows)
        for number, further in enumerate(("", FURTHER)):
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS retention CASCADE")
            deployment = _deployment(server.url("laws"), folder / str(number), further)
            try:
                yield _measured(deployment, rows)
            finally:
                deployment.close()
    engine.dispose()


def _fill(connection: Connection, rows: int) -> None:
    countries = ", ".join(f"'{country}'" for country in BY_HAND)
    connection.exec_driver_sql(
        "CREATE TABLE invoices (id INTEGER PRIMARY KEY, account_id INTEGER, country VARCHAR(5), issued_on DATE)"
    )
    connection.exec_driver_sql(
        f"INSERT INTO invoices SELECT i, mod(i, 1000), (ARRAY[{countries}])[1 + mod(i * 31 / 7, 10)], "
        "CASE WHEN mod(i, 200) = 7 THEN DATE '2001-01-01' + mod(i / 200, 2000) "
        f"ELSE DATE '2021-01-01' + mod(i, 1800) END FROM generate_series(1, {rows}) i"
    )
    connection.exec_driver_sql("CREATE INDEX ix_invoices_law ON invoices (country, issued_on)")
    connection.exec_driver_sql("CREATE INDEX ix_invoices_account ON invoices (account_id)")
    connection.exec_driver_sql("VACUUM ANALYZE invoices")


def _deployment(url: str, folder: Path, further: str) -> Deployment:
    rules = folder / "rules"
    (rules / "rules" / "shop").mkdir(parents=True)
    shutil.copytree(ROOT / "retention_rules" / "statutes", rules / "statutes")
    signed = [
        f'  - {{statute: {one.id}, text: "{one.digest[:12]}", by: A. Reed, on: 2026-01-01, reference: benchmark}}'
        for one in load_statutes(ROOT / "retention_rules").values()
        if not one.needs_decision
    ]
    sign_offs = "\n".join(("version: 1", "sign_offs:", *signed, ""))
    (rules / "statutes" / "sign_offs.yaml").write_text(sign_offs, encoding="utf-8")
    (rules / "datasets.yaml").write_text(DATASETS, encoding="utf-8")
    (rules / "settings.yaml").write_text("version: 1\ncool_down: P0D\n", encoding="utf-8")
    (rules / "rules" / "shop" / "invoices.yaml").write_text(RULE % (", ".join(BY_HAND), further), encoding="utf-8")
    write_snapshot(rules, url)
    deployment = Deployment(rules, folder / "home", FixedResolver(url), SetClock())
    initialise(deployment, ["shop"])
    return deployment


def _measured(deployment: Deployment, rows: int) -> LawsMeasured:
    database = deployment.database("shop")
    ensure_tables(deployment, database, AS_OF)
    by_hand = "SELECT id FROM invoices WHERE " + " OR ".join(
        f"(country = '{country}' AND issued_on <= '{day}')" for country, day in BY_HAND.items()
    )
    with database.reading() as connection:
        live = live_rules(deployment, database, connection)
        (rule,) = live.rules
        compiled = Compiling(deployment=deployment, database=database, live=live, as_of=AS_OF).rule(rule, ())
        due = select(compiled.context.root.c.id).where(compiled.due)
        spelled = str(due.compile(connection.engine, compile_kwargs={"literal_binds": True})).replace("%", "%%")
        seconds: dict[str, list[float]] = {spelled: [], by_hand: []}
        for _ in range(TIMES):
            found = {statement: _timed(connection, statement, taken) for statement, taken in seconds.items()}
            if found[spelled] != found[by_hand]:
                raise RuntimeError(f"found {len(found[spelled])} rows, and {len(found[by_hand])} by hand")
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF) {spelled}").scalars().all()
    return LawsMeasured(
        rows=rows,
        due=len(found[by_hand]),
        clauses=len(rule.clauses),
        engine=statistics.median(seconds[spelled]),
        by_hand=statistics.median(seconds[by_hand]),
        plan="\n".join(plan),
    )


def _timed(connection: Connection, statement: str, taken: list[float]) -> frozenset[int]:
    began = time.perf_counter()
    rows = connection.exec_driver_sql(statement).scalars().all()
    taken.append(time.perf_counter() - began)
    return frozenset(rows)
