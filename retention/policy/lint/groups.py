"""A table belongs to one group only, and a member does not refer to itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retention.planning.needs import deletes
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable, group_tables
from retention.policy.rule_file import ReadRule


def check_self_reference(table: GroupTable) -> Iterator[Finding]:
    """A root may refer to itself: each row is a group, and children go first. Members have no such order."""
    name = table.table.name
    if table.member is not None and any(key.table == name for key in table.table.foreign_keys):
        what = f"the member {name} refers to itself: the order of its rows within a group is not known"
        yield table.found("R212", ("table",), what, f"give {name} a rule of its own, as a root")


def check_deletion_order(read: ReadRule) -> Iterator[Finding]:
    """Members are deleted before those listed above them, the root last: nothing may refer to what is gone by then."""
    if not deletes(read.rule):
        return
    listed = list(group_tables(read))
    for position, table in enumerate(listed):
        later = {other.table.name: other for other in listed[position + 1 :]}
        for key in table.table.foreign_keys:
            if key.table in later:
                yield _refers_down(table, later[key.table], key.columns)


def _refers_down(table: GroupTable, other: GroupTable, columns: tuple[str, ...]) -> Finding:
    name, gone = table.table.name, other.table.name
    what = f"{name}({', '.join(columns)}) refers to {gone}, whose rows are deleted first"
    if other.member is not None and table.member is not None and other.member.parent != name:
        return table.found("R218", ("table",), what, f"list {name} after {gone} in goes_with")
    remedy = f"take {gone} out of the group, and give it a rule of its own; or drop the foreign key of {name}"
    return other.found("R218", ("table",), what, remedy)


def check_one_group(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    first: dict[tuple[str, str], GroupTable] = {}
    for read in rules:
        for table in group_tables(read):
            other = first.setdefault((read.rule.dataset, table.table.name), table)
            if other.read is not read:
                yield _twice(table, other)


def check_companions(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    """What no rule disposes of need not be frozen: it is a mistake, or a rule is missing."""
    ruled = {(read.rule.dataset, table.table.name) for read in rules for table in group_tables(read)}
    for read in rules:
        for position, step in enumerate(read.document.companions):
            if (read.rule.dataset, step.table) not in ruled and step.table in read.reading.schema.tables:
                yield Finding(
                    code="R232",
                    at=read.reading.text.at("companions", position, "table"),
                    what=f"no rule speaks for the companion table {step.table}: nothing disposes of its rows",
                    remedy="take it out, or write a rule for the table",
                )


def _twice(table: GroupTable, other: GroupTable) -> Finding:
    name, place = table.table.name, other.read.reading.text.at(*other.path, "table")
    theirs = other.read.rule.id
    if table.member is None and other.member is None:
        what = f"the table {name} has a rule already: {theirs} ({place})"
        return table.found("R205", ("table",), what, "one rule per table: put the clauses into one file, with `when`")
    role = "a member" if table.member else "the root"
    other_role = "a member" if other.member else "the root"
    what = f"the table {name} is {role} of {table.read.rule.id} and {other_role} of {theirs} ({place})"
    return table.found("R206", ("table",), what, "choose one: it goes with another table, or it has a rule of its own")
