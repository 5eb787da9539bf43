"""What stands before the first run: the databases of the sample company, rules, key, control store, one hold."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from demo import places
from retention.model.errors import refuse

if TYPE_CHECKING:
    from retention.runtime.deployment import Deployment

BUILT = places.DEMO / "built"  # written when the databases are whole: an interrupted build is built again
AS_WANTED = f"{places.PEOPLE:,} people in {', '.join(places.DATASETS)}\n"


def build(console: Console) -> None:
    """Databases, key and own tables, as far as they are missing; rules and settings anew each time.

    Raises RetentionError R380 for a dataset that the sample does not have.
    """
    _refuse_unknown()
    _rules(console)
    if not BUILT.is_file() or BUILT.read_text() != AS_WANTED:
        _databases(console)
    _key(console)
    with _deployment() as deployment:
        from retention.runtime.initialise import initialise

        initialise(deployment, places.DATASETS)


def held(console: Console) -> None:
    """One legal hold, placed once, unless no rule is about customers."""
    from retention.model.hold import SubjectKey
    from retention.runtime import holds

    with _deployment() as deployment:
        kinds = {rule.subject.kind for rule in deployment.rules.rules if rule.subject is not None}
        if holds.listing(deployment) or "customer" not in kinds:
            return
        subject = SubjectKey(kind="customer", key=places.HELD_CUSTOMER)
        receipt = holds.place(deployment, "the demo's lawsuit", (subject,), "make demo")
        rows = sum(count for dataset in receipt.datasets for _, count in dataset.protected)
        in_force = [dataset.dataset for dataset in receipt.datasets if dataset.in_force]
        console.print(
            f"Legal hold {receipt.hold.id} on customer {places.HELD_CUSTOMER}: "
            f"{rows} rows protected, in force in {', '.join(in_force)}."
        )


def _refuse_unknown() -> None:
    unknown = [dataset for dataset in places.DATASETS if dataset not in places.ALL.split()]
    if unknown:
        raise refuse(
            "R380",
            f"the sample company has no dataset {unknown[0]!r}",
            where="DATASETS",
            remedy=f"some of: {places.ALL}",
        )


@contextmanager
def _deployment() -> Iterator[Deployment]:
    from retention.runtime.clock import SystemClock
    from retention.runtime.deployment import open_deployment
    from retention.runtime.resolver import EnvironmentResolver

    deployment = open_deployment(places.RULES, EnvironmentResolver(), SystemClock())
    try:
        yield deployment
    finally:
        deployment.close()


def _rules(console: Console) -> None:
    """The repository's rules for the demo's datasets, with the demo's settings."""
    from ruamel.yaml import YAML

    from retention.policy import load_settings

    source, yaml = places.ROOT / "retention_rules", YAML()
    shutil.rmtree(places.RULES, ignore_errors=True)
    for dataset in places.DATASETS:
        shutil.copytree(source / "rules" / dataset, places.RULES / "rules" / dataset)
    for shared in ("snapshots", "statutes"):
        shutil.copytree(source / shared, places.RULES / shared)
    declared = yaml.load(source / "datasets.yaml")
    declared["datasets"] = {dataset: declared["datasets"][dataset] for dataset in places.DATASETS}
    yaml.dump(declared, places.RULES / "datasets.yaml")
    shutil.copy(places.ROOT / "demo" / "settings.yaml", places.RULES / "settings.yaml")
    relaxed = ", ".join(load_settings(places.RULES).relaxed)
    console.print(f"Rules of retention_rules/; demo/settings.yaml relaxes, for the demo alone: {relaxed}.")
    console.print(f"Runs are decided as of {places.AS_OF}, and started by hand only.")


def _databases(console: Console) -> None:
    from retention.sample import build_all

    BUILT.unlink(missing_ok=True)
    for leftover in (places.DATABASES, places.HOME):
        shutil.rmtree(leftover)
        leftover.mkdir()
    console.print(f"Building {', '.join(places.DATASETS)} for {places.PEOPLE:,} people ...")
    began = time.monotonic()
    built = build_all({dataset: places.database_url(dataset) for dataset in places.DATASETS}, people=places.PEOPLE)
    BUILT.write_text(AS_WANTED)
    rows, seconds = sum(sum(tables.values()) for tables in built.values()), time.monotonic() - began
    console.print(f"  {rows:,} rows in {len(built)} SQLite files in {places.DATABASES}, {seconds:.1f} s")


def _key(console: Console) -> None:
    """The key of the pseudonyms, for its owner's eyes alone."""
    if not places.KEY_FILE.is_file():
        from retention.runtime.keys import new_key

        places.KEY_FILE.touch(mode=0o600)
        places.KEY_FILE.write_text(new_key() + "\n")
        console.print(f"A key for pseudonyms: {places.KEY_FILE}")
