"""What the conversion of one rule file needs at hand, and where it leaves its findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from retention.model.dataset import Dataset
from retention.model.fact import Fact
from retention.model.join import Join
from retention.model.schema import Column, Schema, Table
from retention.model.statute import Statute
from retention.policy.finding import Finding
from retention.policy.naming import choose_from
from retention.policy.yaml_text import Parsed


@dataclass(frozen=True, kw_only=True)
class LookedUp:
    """A column of the one row at the end of a path."""

    path: tuple[Join, ...]
    table: Table
    column: Column


@dataclass(kw_only=True)
class Reading:
    """One file against one snapshot. ``schema`` includes the dataset's declared references. ``facts``: all that are
    declared; None: something is wrong with it, and said elsewhere."""

    text: Parsed
    dataset: Dataset
    schema: Schema
    facts: Mapping[str, Fact | None] = field(default_factory=dict)
    statutes: Mapping[str, Statute] = field(default_factory=dict)  # the catalogue
    findings: list[Finding] = field(default_factory=list)
    lookups: dict[str, LookedUp | None] = field(default_factory=dict)  # that the rule declares; None as with facts

    def find(self, code: str, path: tuple[str | int, ...], what: str, remedy: str) -> None:
        """Note what is wrong with the key at ``path``."""
        self.findings.append(Finding(code=code, at=self.text.at(*path), what=what, remedy=remedy))

    def table(self, name: str, path: tuple[str | int, ...]) -> Table | None:
        """The snapshot's table of this name; None, and a finding, when there is none."""
        found = self.schema.tables.get(name)
        if found is None:
            remedy = choose_from(name, self.schema.tables, what=f"tables of {self.dataset.id}")
            remedy += f". A new table: run `retention snapshot {self.dataset.id}` first"
            self.find("R200", path, f"the table {name!r} is not in the snapshot of {self.dataset.id}", remedy)
        return found

    def column(self, table: Table, name: str, path: tuple[str | int, ...]) -> Column | None:
        """The table's column of this name; None, and a finding, when there is none."""
        found = table.column(name)
        if found is None:
            names = (column.name for column in table.columns)
            remedy = choose_from(name, names, what=f"columns of {table.name}")
            self.find("R201", path, f"the column {name!r} is not in the table {table.name}", remedy)
        return found

    def lookup(self, name: str, path: tuple[str | int, ...]) -> LookedUp | None:
        """What the rule declares under this name; None, and a finding, when it declares no such lookup."""
        if name not in self.lookups:
            remedy = choose_from(name, self.lookups, what="lookups of this rule")
            self.find("R144", path, f"the lookup {name!r} is not declared", remedy)
        return self.lookups.get(name)
