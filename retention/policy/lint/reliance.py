"""What a rule reads to decide: other rules must neither overwrite it nor delete the rows that it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retention.model.condition import columns_of
from retention.model.rule import Join, Replace, Rule
from retention.model.schema import Schema
from retention.model.starting_point import ColumnEvent
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable, at, deletes, group_tables
from retention.policy.rule_file import ReadRule


@dataclass(frozen=True, slots=True)
class Reliance:
    """``rule`` reads ``table.column`` as ``role``."""

    table: str
    column: str
    role: str
    rule: str


def relied_on(rule: Rule) -> Iterator[Reliance]:
    """Every column that the rule's decision, joins and marks read."""
    for table, columns, role in _roles(rule):
        for column in columns:
            yield Reliance(table, column, role, rule.id)


def _roles(rule: Rule) -> Iterator[tuple[str, tuple[str, ...], str]]:
    yield rule.table, rule.primary_key, "primary key"
    for member in rule.members:
        yield member.table, member.primary_key, "primary key"
        yield from _join(member.table, member.join, "join")
    if rule.subject is not None:
        near = rule.table
        for step in rule.subject.path:
            yield from _join(near, step, "subject path")
            near = step.table
        yield near, (rule.subject.key,), "subject key"
    if rule.relationship is not None:
        relationship = rule.relationship
        yield from _join(rule.table, relationship.join, "join of the relationship")
        yield relationship.join.table, (relationship.end.column,), "end of the relationship"
        if relationship.otherwise is not None:
            yield rule.table, (relationship.otherwise.column,), "start where there is no relationship"
    if rule.condition is not None:
        yield rule.table, tuple(columns_of(rule.condition)), "condition"
    for clause in rule.clauses:
        if isinstance(clause.start.event, ColumnEvent):
            yield rule.table, (clause.start.event.at.column,), f"start of {clause.id}"
        for condition in (clause.when, clause.live_while):
            if condition is not None:
                yield rule.table, tuple(columns_of(condition)), f"condition of {clause.id}"


def _join(near: str, join: Join, role: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    yield near, join.columns, role
    yield join.table, join.far_columns, role


def check_overwrites(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """For the rules of one dataset."""
    by_column: dict[tuple[str, str], Reliance] = {}
    for read in rules:
        for reliance in relied_on(read.rule):
            by_column.setdefault((reliance.table, reliance.column), reliance)
    for read in rules:
        for table in group_tables(read):
            for use in table.uses:
                if isinstance(use.treatment, Replace):
                    yield from _overwritten(table, use.column, use.treatment, by_column)


def _overwritten(
    table: GroupTable, column: str, treatment: Replace, by_column: dict[tuple[str, str], Reliance]
) -> Iterator[Finding]:
    name = table.table.name
    reliance = by_column.get((name, column))
    if reliance is not None:
        needed = f"which {reliance.rule} needs as {reliance.role}"
        what = f"the strategy {treatment.strategy} would overwrite {name}.{column}, {needed}"
        remedy = f"keep it ({column}: {{kind: .., keep: why}}), or let {reliance.rule} rely on another column"
        yield table.found("R224", ("columns", column), what, remedy)
        return
    schema = table.read.reading.schema
    referred = any(column in key.referred_columns for _, key in schema.referring_to(name))
    refers = any(column in key.columns for key in table.table.foreign_keys)
    if referred or (refers and treatment.strategy != "null"):
        what = f"the strategy {treatment.strategy} would overwrite {name}.{column}, which is part of a foreign key"
        remedy = f"write `{column}: key`" + ("" if referred else ', or cut the link with `strategy: "null"`')
        yield table.found("R224", ("columns", column), what, remedy)


def check_deletes(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """Pairs of rules of one dataset of which one deletes rows that the other decides by."""
    owners = {table: read for read in rules if deletes(read.rule) for table in read.rule.tables}
    for read in rules:
        for join, near, role, path in _looked_up(read.rule):
            owner = owners.get(join.table)
            own = join.table in read.rule.tables
            if owner is None or owner is read or own or _holds_back(near, join, read.reading.schema):
                continue
            what = f"{owner.rule.id} deletes rows of {join.table}, by which {read.rule.id} finds {role}"
            remedy = (
                f"let {join.table} go with {read.rule.table} (goes_with of {read.rule.id}) instead of "
                f"having it deleted by {owner.rule.id} ({owner.rule.source.file}), or pseudonymize it there"
            )
            yield at(read, "R217", path, what, remedy)


def _looked_up(rule: Rule) -> Iterator[tuple[Join, str, str, tuple[str | int, ...]]]:
    if rule.relationship is not None:
        yield rule.relationship.join, rule.table, "the end of the relationship", ("relationship", "table")
    near = rule.table
    for position, step in enumerate(rule.subject.path if rule.subject else ()):
        yield step, near, "the subject", ("subject", "path", position)
        near = step.table


def _holds_back(near: str, join: Join, schema: Schema) -> bool:
    """Along a foreign key the referring row keeps the referred one from being deleted."""
    return any(
        key.table == join.table and dict(zip(key.columns, key.referred_columns, strict=True)) == _pairs(join)
        for key in schema.tables[near].foreign_keys
    )


def _pairs(join: Join) -> dict[str, str]:
    return dict(zip(join.columns, join.far_columns, strict=True))
