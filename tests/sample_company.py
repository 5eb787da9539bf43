"""The sample company on databases of a test's own, with the repository's rules and snapshots of those databases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from retention.model.dataset import Dataset
from retention.model.hold import SubjectKey
from retention.runtime import holds
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from retention.runtime.snapshot import snapshot
from retention.sample import build_all
from retention.sample.build import DATASETS as MODULES
from tests.world import KEY, SETTINGS, SetClock

ROOT = Path(__file__).resolve().parents[1]
DATASETS = tuple(MODULES)
HELD = SubjectKey(kind="customer", key="17")


@dataclass(frozen=True)
class SampleResolver:
    """An address for each dataset, and the key of this test run."""

    urls: Mapping[str, str]

    def url(self, dataset: Dataset) -> str:
        return self.urls[dataset.id]

    def pseudonym_key(self) -> str:
        return KEY


@dataclass(frozen=True)
class Company:
    """``counts``: what building said, by dataset and table."""

    deployment: Deployment
    urls: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]


def make_company(new_database: Callable[[], str], folder: Path, people: int) -> Company:
    """Built, initialised, and customer 17 held. No limits, no first run that only plans, small pools."""
    urls = {dataset: new_database() for dataset in DATASETS}
    counts = build_all(urls, people)
    rules = Path(shutil.copytree(ROOT / "retention_rules", folder / "rules"))
    (rules / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    deployment = Deployment(rules, folder / "home", SampleResolver(urls), SetClock())
    for dataset in DATASETS:
        snapshot(deployment, dataset)
    initialise(deployment, DATASETS)
    holds.place(deployment, "a lawsuit", (HELD,), "tests")
    return Company(deployment=deployment, urls=urls, counts=counts)
