"""A deployment: rules, settings, control store and datasets, opened as they are asked for and closed together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from retention.model.dataset import Dataset
from retention.model.errors import refuse
from retention.model.rule import Rule, RuleSet
from retention.model.settings import Settings
from retention.policy import load_datasets, load_or_refuse, load_settings
from retention.runtime.clock import Clock
from retention.runtime.resolver import Resolver
from retention.sql.control.store import ControlStore
from retention.sql.database import Database


class Deployment:
    """What every use case is handed. ``home`` holds the control store (unless it is elsewhere), keys and reports."""

    def __init__(self, rules_dir: Path, home: Path, resolver: Resolver, clock: Clock) -> None:
        self.rules_dir = rules_dir
        self.home = home
        self.resolver = resolver
        self.clock = clock
        self._databases: dict[str, Database] = {}

    @cached_property
    def rules(self) -> RuleSet:
        """Raises RetentionError with every problem of the rules folder."""
        return load_or_refuse(self.rules_dir)

    @cached_property
    def datasets(self) -> Mapping[str, Dataset]:
        return load_datasets(self.rules_dir)

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.rules_dir)

    @cached_property
    def control(self) -> ControlStore:
        """Raises RetentionError R351 before `retention init`."""
        return ControlStore.open(self.control_url)

    @property
    def control_url(self) -> str:
        """$RETENTION_CONTROL_URL, else a SQLite file in the home."""
        return os.environ.get("RETENTION_CONTROL_URL") or f"sqlite:///{self.home / 'control.db'}"

    def dataset(self, dataset_id: str) -> Dataset:
        """Raises RetentionError R303 for an unknown one, listing those that there are."""
        if dataset_id in self.datasets:
            return self.datasets[dataset_id]
        raise refuse(
            "R303",
            f"the dataset {dataset_id!r} is not declared; {_nearest(dataset_id, list(self.datasets))}",
            where="datasets.yaml",
            remedy="name one of those, or declare it in datasets.yaml",
        )

    def rule(self, rule_id: str) -> Rule:
        """Raises RetentionError R304 for an unknown one, listing those that there are."""
        try:
            return self.rules.rule(rule_id)
        except KeyError:
            pass
        known = [rule.id for rule in self.rules.rules]
        raise refuse(
            "R304",
            f"there is no rule {rule_id!r}; {_nearest(rule_id, known)}",
            where="rules",
            remedy="name one of those; a rule's id stands in its file",
        )

    def database(self, dataset_id: str) -> Database:
        """The dataset's database, one engine as long as the deployment is open. Raises R301, R302, R320."""
        if dataset_id not in self._databases:
            dataset = self.dataset(dataset_id)
            self._databases[dataset_id] = Database.open(dataset, self.resolver.url(dataset))
        return self._databases[dataset_id]

    def close(self) -> None:
        for database in self._databases.values():
            database.close()
        self._databases.clear()
        if "control" in self.__dict__:
            self.control.close()
            del self.__dict__["control"]


def open_deployment(rules_dir: Path, resolver: Resolver, clock: Clock, home: Path | None = None) -> Deployment:
    """Reads nothing yet. ``home``: $RETENTION_HOME, else .retention below the current directory."""
    return Deployment(rules_dir, home or Path(os.environ.get("RETENTION_HOME") or ".retention"), resolver, clock)


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=3)
    listed = near or sorted(known)[:20]
    return f"{'did you mean' if near else 'valid are'} {', '.join(listed) or 'none'}"
