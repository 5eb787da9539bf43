"""Whose starting points stand in rows that another rule disposes of: what must be written down before they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from retention.model.fact import Fact, FactRows
from retention.model.join import Join
from retention.model.rule import Action, RelatedRows, Rule
from retention.model.schema import Schema
from retention.planning.reliance import written_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``rule`` finds the end of its relationship in ``table``, whose rows another rule deletes or overwrites."""

    rule: Rule
    related: RelatedRows
    deleted: bool  # the rows go in the end
    overwritten: frozenset[str]  # columns of the end or the join that a pseudonymization replaces

    @property
    def table(self) -> str:
        return self.related.join.table

    def arises(self, action: Action) -> bool:
        """Whether this action takes away what the rule needs."""
        return self.deleted if action is Action.DELETE else bool(self.overwritten)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """``fact`` is told by ``rows``, which a rule deletes or overwrites: other datasets must still learn of it."""

    fact: Fact
    rows: FactRows
    deleted: bool
    overwritten: frozenset[str]  # of the key and the time

    def arises(self, action: Action) -> bool:
        """Whether this action takes away what tells the fact."""
        return self.deleted if action is Action.DELETE else bool(self.overwritten)


def tells_of(disposing: Rule, fact: Fact) -> Telling | None:
    """What of a fact the groups of ``disposing`` tell, and take away with them; None: nothing."""
    rows = fact.rows
    if rows is None or rows.dataset != disposing.dataset or rows.table not in disposing.tables:
        return None
    overwritten = frozenset(written_in(disposing)[rows.table] & {rows.key, rows.at.column})
    if not deletes(disposing) and not overwritten:
        return None
    return Telling(fact=fact, rows=rows, deleted=deletes(disposing), overwritten=overwritten)


def tellings_of(disposing: Rule, facts: Iterable[Fact]) -> tuple[Telling, ...]:
    """In the order of their names."""
    found = (tells_of(disposing, fact) for fact in sorted(facts, key=lambda one: one.id))
    return tuple(one for one in found if one is not None)


def needs_of(disposing: Rule, rules: Iterable[Rule], schema: Schema) -> tuple[Need, ...]:
    """What the other rules of the dataset need of the groups of ``disposing``, in the order of their ids."""
    return tuple(need for rule in sorted(rules, key=lambda one: one.id) for need in _needs(disposing, rule, schema))


def _needs(disposing: Rule, rule: Rule, schema: Schema) -> Iterator[Need]:
    related = None if rule.relationship is None else rule.relationship.rows
    if related is None or rule.id == disposing.id or related.join.table in rule.tables:
        return
    join = related.join
    if join.table not in disposing.tables:
        return
    deleted = deletes(disposing) and not holds_back(rule.table, join, schema)
    read = {related.end.column, *join.far_columns}
    overwritten = frozenset(written_in(disposing)[join.table] & read)
    if deleted or overwritten:
        yield Need(rule=rule, related=related, deleted=deleted, overwritten=overwritten)


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
    join = need.related.join
    read = {need.rule.table: join.columns, need.table: (*join.far_columns, need.related.end.column)}
    for name, columns in read.items():
        table, known = live.tables.get(name), snapshot.tables[name]
        if table is None:
            return name
        for column in columns:
            here, before = table.column(column), known.column(column)
            if here is None or before is None or here.type != before.type:
                return f"{name}.{column}"
    return ""
