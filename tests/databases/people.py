"""People, their stays and their companies, with one rule: for tests of what the parts of a rule say."""

from __future__ import annotations

import shutil
from pathlib import Path

from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from tests.world import FixedResolver, SetClock, World, write_snapshot

ROOT = Path(__file__).parents[2]
TABLES = (
    "CREATE TABLE tenants (id INTEGER PRIMARY KEY, months INTEGER, how_long VARCHAR(20), country VARCHAR(5), "
    "closed_on DATE)",
    "CREATE TABLE people (id INTEGER PRIMARY KEY, tenant_id INTEGER REFERENCES tenants (id), left_on DATE, "
    "told_on DATE, country VARCHAR(40), dispute VARCHAR(40))",
    "CREATE INDEX ix_people_tenant ON people (tenant_id)",
    "CREATE TABLE stays (id INTEGER PRIMARY KEY, person_id INTEGER, began_on DATE, ended_on DATE)",
    "CREATE INDEX ix_stays_person ON stays (person_id)",
)
DATASETS = """\
version: 1
datasets:
  shop:
    title: Shop
    url_from_environment: RETENTION_SHOP_URL
    zone: UTC
    owner: privacy@northgate.example
    ignored_tables: {tenants: companies, stays: read as the relationship}
"""
SETTINGS = "version: 1\nlimits: {share: 1.0, groups: 1000}\ncool_down: P0D\nfirst_run_is_plan_only: false\n"
RULE = """\
version: 1
id: shop.people
title: People
dataset: shop
cluster: people
table: people
subject: {kind: person, key: id}
%s
disposition: delete
columns: {id: key, tenant_id: key, left_on: date, told_on: date, country: country, dispute: other}
"""


def people_world(url: str, folder: Path, rule: str, rows: list[str], *, catalogue: bool = False, **more: str) -> World:
    """``rule``: the text of the rule of people, or its middle; ``more``: other rules, by the name of their files.
    ``catalogue``: with the statutes."""
    rules = folder / "rules"
    if catalogue:
        shutil.copytree(ROOT / "retention_rules" / "statutes", rules / "statutes")
    (rules / "rules" / "shop").mkdir(parents=True, exist_ok=True)
    (rules / "rules" / "shop" / "people.yaml").write_text(
        rule if rule.startswith("version:") else RULE % rule, encoding="utf-8"
    )
    for name, text in more.items():
        (rules / "rules" / "shop" / f"{name}.yaml").write_text(text, encoding="utf-8")
    ignored = DATASETS
    if "stays" in more:
        ignored = ignored.replace(", stays: read as the relationship", "")
    if "table: tenants" in rule or "tenants" in more:
        ignored = ignored.replace("tenants: companies, ", "").replace("    ignored_tables: {tenants: companies}\n", "")
    (rules / "datasets.yaml").write_text(ignored, encoding="utf-8")
    (rules / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    clock = SetClock()
    world = World(
        deployment=Deployment(rules, folder / "home", FixedResolver(url), clock), url=url, folder=folder, clock=clock
    )
    world.execute_as_it_is((*TABLES, *rows))
    write_snapshot(rules, url)
    initialise(world.deployment, ["shop"])
    return world


def person(key: int, **values: object) -> str:
    names = ", ".join(("id", *values))
    said = ", ".join(("NULL" if value is None else f"'{value}'") for value in (key, *values.values()))
    return f"INSERT INTO people ({names}) VALUES ({said})"


def stay(key: int, person_id: int, began: str, ended: str | None) -> str:
    until = "NULL" if ended is None else f"'{ended}'"
    return f"INSERT INTO stays VALUES ({key}, {person_id}, '{began}', {until})"
