"""All that the checks of one run look with: its rules compiled at the plan's as-of, its journal, its holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, FromClause, func, select

from retention.model.plan import StepPlan
from retention.model.rule import Action
from retention.model.schema import Schema
from retention.sql.dialects.base import Dialect
from retention.sql.own_tables import OwnTables
from retention.sql.verdicts import CompiledRule

LIST_GONE = "the list of what the run was to dispose of is forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One row of the journal."""

    action: str
    first: int
    last: int
    groups: int
    rows: Mapping[str, int]
    spared: Mapping[str, int]
    set_aside: int
    hold_epoch: int
    subjects: bytes


@dataclass(frozen=True, kw_only=True)
class Look:
    """A reading connection, and what the control store knows of the run."""

    connection: Connection
    own: OwnTables
    dialect: Dialect
    run_id: str
    compiled: Mapping[str, CompiledRule]  # by rule id, those that can be compiled against the live schema
    not_compiled: Mapping[str, str]  # rule id -> table, of the others
    steps: Mapping[str, StepPlan]
    batches: Mapping[str, tuple[Batch, ...]]  # by rule id
    schema: Schema  # live, with the references of the dataset file
    snapshot: Schema  # as committed beside the rules
    tables: Mapping[str, FromClause]  # live, by name
    hold_epochs: Mapping[str, int]  # hold id -> epoch since which it protects
    run_key: bool  # whether the run's key is still there
    locale: str

    def executed(self, rule_id: str) -> bool:
        """Whether the run was to write under this rule."""
        step = self.steps.get(rule_id)
        return step is not None and not step.plan_only and step.refusal is None

    def list_gone(self, compiled: CompiledRule) -> bool:
        """Whether batches covered a list of candidates that is not there any more: sealing forgets it, and so does the
        plan after a run that failed."""
        if not self.batches.get(compiled.context.rule.id):
            return False
        candidate = compiled.context.rule_tables.candidate
        of_run = select(candidate.c.seq).where(candidate.c.run_id == self.run_id).limit(1)
        return self.connection.execute(of_run).first() is None

    def table_of(self, rule_id: str) -> str:
        """The root table of a rule of the plan; empty where it is not known any more."""
        step = self.steps.get(rule_id)
        return "" if step is None else step.table

    def changed(self, rule_id: str) -> bool:
        return any(batch.groups for batch in self.batches.get(rule_id, ()))

    @property
    def changed_anything(self) -> bool:
        return any(map(self.changed, self.batches))

    @property
    def changed_rules(self) -> tuple[CompiledRule, ...]:
        return tuple(compiled for rule_id, compiled in self.compiled.items() if self.changed(rule_id))

    @property
    def touched_tables(self) -> tuple[str, ...]:
        names = (table for compiled in self.changed_rules for table in compiled.context.rule.tables)
        return tuple(dict.fromkeys(names))

    def written(self, rule_id: str, action: Action) -> tuple[int, Counter[str]]:
        """Groups, and rows per table, that the journal says were written by one action."""
        groups, rows = 0, Counter[str]()
        for batch in self.batches.get(rule_id, ()):
            if batch.action == action.value:
                groups += batch.groups
                rows.update(batch.rows)
        return groups, rows

    def number(self, statement: Any) -> int:
        """The one number that a statement gives."""
        return int(self.connection.execute(statement).scalar_one() or 0)

    def count(self, table: FromClause) -> int:
        return self.number(select(func.count()).select_from(table))


def batches_of(connection: Connection, own: OwnTables, run_id: str) -> Mapping[str, tuple[Batch, ...]]:
    journal = own.journal
    rows = connection.execute(
        select(journal).where(journal.c.run_id == run_id).order_by(journal.c.rule_id, journal.c.shard, journal.c.seq)
    )
    batches: dict[str, list[Batch]] = {}
    for row in rows:
        batches.setdefault(row.rule_id, []).append(
            Batch(
                action=row.action,
                first=row.first,
                last=row.last,
                groups=row.groups,
                rows=json.loads(row.rows),
                spared=json.loads(row.spared),
                set_aside=row.set_aside,
                hold_epoch=row.hold_epoch,
                subjects=bytes(row.subjects),
            )
        )
    return {rule_id: tuple(found) for rule_id, found in batches.items()}
