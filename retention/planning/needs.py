"""Whose starting points stand in rows that another rule disposes of: what must be written down before they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retention.model.rule import Action, Join, Relationship, Rule
from retention.model.schema import Schema
from retention.planning.reliance import written_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``rule`` finds the end of its relationship in ``table``, whose rows another rule deletes or overwrites."""

    rule: Rule
    relationship: Relationship
    deleted: bool  # the rows go in the end
    overwritten: frozenset[str]  # columns of the end or the join that a pseudonymization replaces

    @property
    def table(self) -> str:
        return self.relationship.join.table

    def arises(self, action: Action) -> bool:
        """Whether this action takes away what the rule needs."""
        return self.deleted if action is Action.DELETE else bool(self.overwritten)


def needs_of(disposing: Rule, rules: Iterable[Rule], schema: Schema) -> tuple[Need, ...]:
    """What the other rules of the dataset need of the groups of ``disposing``, in the order of their ids."""
    return tuple(need for rule in sorted(rules, key=lambda one: one.id) for need in _needs(disposing, rule, schema))


def _needs(disposing: Rule, rule: Rule, schema: Schema) -> Iterator[Need]:
    relationship = rule.relationship
    if relationship is None or rule.id == disposing.id or relationship.join.table in rule.tables:
        return
    join = relationship.join
    if join.table not in disposing.tables:
        return
    deleted = deletes(disposing) and not holds_back(rule.table, join, schema)
    read = {relationship.end.column, *join.far_columns}
    overwritten = frozenset(written_in(disposing)[join.table] & read)
    if deleted or overwritten:
        yield Need(rule=rule, relationship=relationship, deleted=deleted, overwritten=overwritten)


def deletes(rule: Rule) -> bool:
    """Whether rows go in the end, be it after a pseudonymization."""
    return rule.disposition.action is Action.DELETE or rule.disposition.then_delete_after is not None


def holds_back(near: str, join: Join, schema: Schema) -> bool:
    """Along a foreign key the referring row keeps the referred one from being deleted."""
    pairs = dict(zip(join.columns, join.far_columns, strict=True))
    return near in schema.tables and any(
        key.table == join.table and dict(zip(key.columns, key.referred_columns, strict=True)) == pairs
        for key in schema.tables[near].foreign_keys
    )


def unreadable(need: Need, snapshot: Schema, live: Schema) -> str:
    """The table or column of the need that is not as the rule knows it; empty where all are."""
    join = need.relationship.join
    read = {need.rule.table: join.columns, need.table: (*join.far_columns, need.relationship.end.column)}
    for name, columns in read.items():
        table, known = live.tables.get(name), snapshot.tables[name]
        if table is None:
            return name
        for column in columns:
            here, before = table.column(column), known.column(column)
            if here is None or before is None or here.type != before.type:
                return f"{name}.{column}"
    return ""
