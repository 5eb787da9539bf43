"""Rows are found, marked and journalled by their primary keys; persons by a key that has one text form."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.schema import Column
from retention.policy.column_types import Family, family
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable, at
from retention.policy.rule_file import ReadRule

_IDENTIFY = (Family.INTEGER, Family.TEXT, Family.UUID, Family.OTHER)


def can_identify(column: Column) -> bool:
    """Whether the values of a column have one text form each (retention.model.hold.canonical_key)."""
    return family(column.type) in _IDENTIFY


def check(table: GroupTable) -> Iterator[Finding]:
    if not table.table.primary_key:
        name, dataset = table.table.name, table.read.rule.dataset
        what = f"the table {name} has no primary key: its rows cannot be told apart"
        remedy = f"add a primary key to {name} in the database, then run `retention snapshot {dataset}`"
        yield table.found("R204", ("table",), what, remedy)


def check_subject(read: ReadRule) -> Iterator[Finding]:
    subject = read.rule.subject
    if subject is None:
        return
    table = read.reading.schema.tables[subject.path[-1].table] if subject.path else read.table
    column = table.column(subject.key)
    if column is not None and not can_identify(column):
        what = f"{table.name}.{column.name} is {column.type}, which cannot identify a person"
        yield at(read, "R231", ("subject", "key"), what, "name a column of whole numbers, texts or UUIDs")
