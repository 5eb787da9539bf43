"""What of the schema a rule relies on: the columns that it reads or writes, by table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from retention.model.choice import PeriodColumn
from retention.model.clause import Clause, NeededBy
from retention.model.condition import Condition, columns_of, lookups_of
from retention.model.join import Join, Lookup
from retention.model.rule import ColumnUse, Replace, Rule
from retention.model.starting_point import times_of


def relied_on(rule: Rule) -> Mapping[str, frozenset[str]]:
    """Every table that the rule's statements name, with their columns."""
    found = dict(judged_by(rule))
    found[rule.table] |= {use.column for use in rule.columns}
    for member in rule.members:
        found[member.table] |= {use.column for use in member.columns}
    return found


def judged_by(rule: Rule) -> Mapping[str, frozenset[str]]:
    """The same without the columns that are only classified: those by which groups are found, joined and decided."""
    found: dict[str, set[str]] = defaultdict(set)
    found[rule.table] |= {*rule.primary_key, *_own_columns(rule)}
    for member in rule.members:
        found[member.table] |= set(member.primary_key)
        _join(found, member.table, member.join)
    related = None if rule.relationship is None else rule.relationship.rows
    if related is not None:
        _join(found, rule.table, related.join)
        found[related.join.table].add(related.end.column)
        if related.start is not None:
            found[related.join.table].add(related.start.column)
    near = rule.table
    for hop in () if rule.subject is None else rule.subject.path:
        _join(found, near, hop)
        near = hop.table
    if rule.subject is not None:
        found[near].add(rule.subject.key)
    for needed in rule.needed_by:
        _needed(found, needed)
    for lookup in lookups_of_rule(rule):
        near = rule.table
        for hop in lookup.path:
            _join(found, near, hop)
            near = hop.table
        found[near].add(lookup.column)
    return {table: frozenset(columns) for table, columns in found.items()}


def _needed(found: dict[str, set[str]], needed: NeededBy) -> None:
    """What another rule's floor reads of its own rows, and how they lead here."""
    clause, near = needed.clause, needed.table
    found[near] |= {at.column for at in times_of(clause.start.event)}
    conditions = [one for one in (clause.when, clause.open_while) if one is not None]
    found[near] |= {column for condition in conditions for column in columns_of(condition)}
    paths = [needed.path, *(lookup.path for lookup in lookups_of_clause(clause))]
    for path in paths:
        near = needed.table
        for hop in path:
            _join(found, near, hop)
            near = hop.table
    for lookup in lookups_of_clause(clause):
        found[lookup.path[-1].table].add(lookup.column)


def lookups_of_clause(clause: Clause) -> frozenset[Lookup]:
    """What one clause reads of single other rows."""
    conditions = (one for one in (clause.when, clause.live_while, clause.open_while) if one is not None)
    periods = {clause.varies.at} if isinstance(clause.varies, PeriodColumn) else set()
    return frozenset(lookup for condition in conditions for lookup in lookups_of(condition)) | periods


def lookups_of_rule(rule: Rule) -> frozenset[Lookup]:
    """What the rule reads of single other rows: for its conditions, and for its periods."""
    periods = {clause.varies.at for clause in rule.clauses if isinstance(clause.varies, PeriodColumn)}
    return frozenset(lookup for condition in _conditions(rule) for lookup in lookups_of(condition)) | periods


def _conditions(rule: Rule) -> Iterator[Condition]:
    conditions = [rule.condition]
    for clause in rule.clauses:
        conditions += [clause.when, clause.live_while, clause.open_while]
    return (condition for condition in conditions if condition is not None)


def written_in(rule: Rule) -> Mapping[str, frozenset[str]]:
    """The columns that a pseudonymization replaces, by table; empty sets where rows only go."""
    uses: dict[str, Iterable[ColumnUse]] = {rule.table: rule.columns}
    uses |= {member.table: member.columns for member in rule.members}
    return {
        table: frozenset(use.column for use in columns if isinstance(use.treatment, Replace))
        for table, columns in uses.items()
    }


def primary_keys(rule: Rule) -> Mapping[str, tuple[str, ...]]:
    """Of the group's tables."""
    return {rule.table: rule.primary_key, **{member.table: member.primary_key for member in rule.members}}


def _own_columns(rule: Rule) -> set[str]:
    """The columns of the root by which the decision is made."""
    columns: set[str] = set()
    for clause in rule.clauses:
        columns |= {at.column for at in times_of(clause.start.event)}
    if rule.relationship is not None and rule.relationship.otherwise is not None:
        columns.add(rule.relationship.otherwise.column)
    return columns.union(*(columns_of(condition) for condition in _conditions(rule)))


def _join(found: dict[str, set[str]], near: str, join: Join) -> None:
    found[near] |= set(join.columns)
    found[join.table] |= set(join.far_columns)
