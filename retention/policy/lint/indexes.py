"""Foreign keys and joins that a run follows need an index: without one a delete is thousands of times slower."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retention.planning.needs import deletes
from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable, at
from retention.policy.rule_file import ReadRule

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


def check(table: GroupTable) -> Iterator[Finding]:
    """Whatever refers to a table of the group: looked up for each deleted row; a member's join for each root."""
    read, member = table.read, table.member
    if member is not None and not table.table.has_index_on(member.join.columns):
        what = f"no index on {_columns(member.table, member.join.columns)}, by which the member's rows are found"
        yield table.found(
            "R211", ("table",), what, index_statement(member.table, member.join.columns, read.rule.dataset)
        )
    if not deletes(read.rule):
        return
    members = {(other.table, other.join.columns) for other in read.rule.members}
    for other, key in read.reading.schema.referring_to(table.table.name):
        if not other.has_index_on(key.columns) and (other.name, key.columns) not in members:
            what = (
                f"no index on {_columns(other.name, key.columns)}, which refers to {table.table.name}: "
                "each row that is deleted would read the whole table"
            )
            yield table.found("R211", ("table",), what, index_statement(other.name, key.columns, read.rule.dataset))


def check_relationship(read: ReadRule) -> Iterator[Finding]:
    related = None if read.rule.relationship is None else read.rule.relationship.rows
    if related is None:
        return
    join = related.join
    if not read.reading.schema.tables[join.table].has_index_on(join.far_columns):
        what = f"no index on {_columns(join.table, join.far_columns)}, by which the relationship is looked up"
        remedy = index_statement(join.table, join.far_columns, read.rule.dataset)
        yield at(read, "R211", ("relationship", "table"), what, remedy)


def _columns(table: str, columns: tuple[str, ...]) -> str:
    return f"{table}({', '.join(columns)})"


def index_statement(table: str, columns: tuple[str, ...], dataset: str) -> str:
    """What makes the index, as a remedy."""
    name = _quoted("_".join(("ix", table, *columns))[:60])
    statement = f"CREATE INDEX {name} ON {_quoted(table)} ({', '.join(map(_quoted, columns))})"
    return f"{statement}; then run `retention snapshot {dataset}`"


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'
