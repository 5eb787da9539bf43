"""What a rule reads in rows that another rule disposes of: kept as facts where that is right, refused elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retention.model.rule import Replace
from retention.model.starting_point import Stored
from retention.planning.needs import Need, needs_of
from retention.policy.column_types import Family, family
from retention.policy.finding import Finding
from retention.policy.lint.tables import at
from retention.policy.rule_file import ReadRule

END, JOIN = "end of the relationship", "join of the relationship"
YEAR, NULL = "year", "null"  # the only strategies after which a row tells nothing that is later than before
_DAYS = (Stored.DATE, Stored.DATETIME, Stored.INSTANT)
_NOT_A_KEY = (Family.OTHER, Family.BINARY)


def check(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """Every pair of rules of one dataset of which one disposes of rows by which the other decides."""
    by_id = {read.rule.id: read for read in rules}
    for read in rules:
        for need in needs_of(read.rule, [other.rule for other in rules], read.reading.schema):
            needing = by_id[need.rule.id]
            yield from _impossible(needing, need)
            yield _kept(read, needing, need)


def kept_as_facts(
    read: ReadRule, rules: Sequence[ReadRule], table: str, column: str, treatment: Replace
) -> set[tuple[str, str]]:
    """Rule and role of what facts keep, where this rule replaces a column in this way."""
    kept = set()
    for need in needs_of(read.rule, [other.rule for other in rules], read.reading.schema):
        related = need.related
        if need.table != table:
            continue
        if column == related.end.column and treatment.strategy == YEAR and related.end.stored in _DAYS:
            kept.add((need.rule.id, END))
        if column in related.join.far_columns and treatment.strategy == NULL:
            kept.add((need.rule.id, JOIN))
    return kept


def _kept(read: ReadRule, needing: ReadRule, need: Need) -> Finding:
    join, end = need.related.join, need.related.end.column
    verb = "deletes rows" if need.deleted else f"overwrites {', '.join(sorted(need.overwritten))}"
    what = (
        f"{read.rule.id} {verb} of {need.table}, by which {needing.rule.id} finds the {END}: the last "
        f"{need.table}.{end} of each of its records (by {', '.join(join.columns)}) is kept as a fact"
    )
    remedy = f"nothing, where {needing.rule.id} is meant to live on without these rows"
    return at(needing, "R240", ("relationship",), what, remedy, remark=True)


def _impossible(needing: ReadRule, need: Need) -> Iterator[Finding]:
    for name in need.related.join.columns:
        column = needing.table.column(name)
        if column is not None and family(column.type) in _NOT_A_KEY:
            what = f"a fact cannot be kept by {needing.table.name}.{name}: {column.type} is no type of a key"
            remedy = f"join by a column of numbers or text, or let {need.table} go with {needing.table.name}"
            yield at(needing, "R241", ("relationship",), what, remedy)
