"""What a rule reads to decide: other rules must not overwrite it, nor delete the rows that it stands in, but where a
fact can take its place (retention.policy.lint.facts)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retention.model.condition import columns_of
from retention.model.join import Join
from retention.model.rule import Replace, Rule
from retention.model.starting_point import times_of
from retention.planning.needs import deletes, holds_back
from retention.planning.reliance import lookups_of_rule
from retention.policy.finding import Finding
from retention.policy.lint.facts import END, JOIN, kept_as_facts
from retention.policy.lint.tables import GroupTable, at, element_tables, group_tables
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
        related, otherwise = rule.relationship.rows, rule.relationship.otherwise
        if related is not None:
            yield from _join(rule.table, related.join, JOIN)
            yield related.join.table, (related.end.column,), END
            if related.start is not None:
                yield related.join.table, (related.start.column,), "start of the relationship"
        if otherwise is not None:
            yield rule.table, (otherwise.column,), "start where there is no relationship"
    yield from _conditions(rule)
    for lookup in lookups_of_rule(rule):
        near = rule.table
        for step in lookup.path:
            yield from _join(near, step, "lookup")
            near = step.table
        yield near, (lookup.column,), "lookup"


def _conditions(rule: Rule) -> Iterator[tuple[str, tuple[str, ...], str]]:
    if rule.condition is not None:
        yield rule.table, tuple(columns_of(rule.condition)), "condition"
    for clause in rule.clauses:
        for time in times_of(clause.start.event):
            yield rule.table, (time.column,), f"start of {clause.id}"
        for condition in (clause.when, clause.live_while, clause.open_while):
            if condition is not None:
                yield rule.table, tuple(columns_of(condition)), f"condition of {clause.id}"


def _join(near: str, join: Join, role: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    yield near, join.columns, role
    yield join.table, join.far_columns, role


def check_overwrites(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """For the rules of one dataset."""
    by_column: dict[tuple[str, str], list[Reliance]] = defaultdict(list)
    for read in rules:
        for rule in (read.rule, *read.elements):
            for reliance in relied_on(rule):
                by_column[reliance.table, reliance.column].append(reliance)
    for read in rules:
        for table in (*group_tables(read), *element_tables(read)):
            for use in table.uses:
                if isinstance(use.treatment, Replace):
                    relied = by_column[table.table.name, use.column]
                    yield from _overwritten(table, use.column, use.treatment, relied, rules)


def _overwritten(
    table: GroupTable, column: str, treatment: Replace, relied: Sequence[Reliance], rules: Sequence[ReadRule]
) -> Iterator[Finding]:
    name = table.table.name
    kept = kept_as_facts(table.read, rules, name, column, treatment)
    for reliance in relied:
        if (reliance.rule, reliance.role) in kept:
            continue
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
    """Pairs of rules of one dataset of which one deletes rows by which the other finds whom its rows are about."""
    owners = {table: read for read in rules if deletes(read.rule) for table in read.rule.tables}
    for read in rules:
        near = read.rule.table
        for position, step in enumerate(read.rule.subject.path if read.rule.subject else ()):
            owner = owners.get(step.table)
            stays = step.table in read.rule.tables or holds_back(near, step, read.reading.schema)
            if owner is not None and owner is not read and not stays:
                yield _without_subject(read, owner, step.table, position)
            near = step.table


def _without_subject(read: ReadRule, owner: ReadRule, table: str, position: int) -> Finding:
    what = f"{owner.rule.id} deletes rows of {table}, by which {read.rule.id} finds the subject"
    remedy = (
        f"let {table} go with {read.rule.table} (goes_with of {read.rule.id}) instead of "
        f"having it deleted by {owner.rule.id} ({owner.rule.source.file}), or pseudonymize it there"
    )
    return at(read, "R217", ("subject", "path", position), what, remedy)
