"""What a run follows needs an index: without one a delete is thousands of times slower. Starting points should have
one: then a run that follows another looks only at what has ended since."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from retention.model.clause import Clause
from retention.model.schema import Schema, Table
from retention.model.starting_point import Stored, TimeColumn, runs_from_relationship, times_of
from retention.planning.needs import deletes
from retention.policy.column_types import Family, family
from retention.policy.finding import Finding
from retention.policy.lint.facts import END
from retention.policy.lint.tables import GroupTable, at, clause_path
from retention.policy.rule_file import ReadRule


def check(table: GroupTable) -> Iterator[Finding]:
    """Whatever refers to a table of the group: looked up for each deleted row; a member's join for each root."""
    read, member = table.read, table.member
    if member is not None and not table.table.has_index_on(member.join.columns):
        what = f"no index on {_columns(member.table, member.join.columns)}, by which the member's rows are found"
        yield table.found("R211", ("table",), what, _statement(read, member.table, member.join.columns))
    if not deletes(read.rule):
        return
    members = {(other.table, other.join.columns) for other in read.rule.members}
    for other, key in read.reading.schema.referring_to(table.table.name):
        if not other.has_index_on(key.columns) and (other.name, key.columns) not in members:
            what = (
                f"no index on {_columns(other.name, key.columns)}, which refers to {table.table.name}: "
                "each row that is deleted would read the whole table"
            )
            yield table.found("R211", ("table",), what, _statement(read, other.name, key.columns))


def check_relationship(read: ReadRule) -> Iterator[Finding]:
    related = None if read.rule.relationship is None else read.rule.relationship.rows
    if related is None:
        return
    join = related.join
    if not read.reading.schema.tables[join.table].has_index_on(join.far_columns):
        what = f"no index on {_columns(join.table, join.far_columns)}, by which the relationship is looked up"
        remedy = _statement(read, join.table, join.far_columns)
        yield at(read, "R211", ("relationship", "table"), what, remedy)


def check_needs(read: ReadRule) -> Iterator[Finding]:
    """Floors that keep rows of other rules: for each of those, rows of this table are looked up."""
    for clause in read.rule.clauses:
        for position, needs in enumerate(clause.needs):
            near = read.table
            for step in needs.path:
                if not near.has_index_on(step.columns):
                    what = (
                        f"no index on {_columns(near.name, step.columns)}, by which {clause.id} is looked up for each "
                        f"row of {needs.path[-1].table}"
                    )
                    remedy = _statement(read, near.name, step.columns)
                    yield at(read, "R211", (*clause_path(read, clause), "needs", position), what, remedy)
                near = read.reading.schema.tables[step.table]


def check_events(read: ReadRule) -> Iterator[Finding]:
    """By a starting point with an index, a run that follows another finds what has ended since."""
    for time, clause in _events(read).values():
        what = f"no index on {_columns(read.rule.table, (time.column,))}, from which {clause.id} counts"
        yield from _slow(read, clause_path(read, clause), what, read.table, time)
    yield from _relationship_events(read)


def check_companions(read: ReadRule) -> Iterator[Finding]:
    """What is held along is looked up for each group that a hold may cover."""
    for position, join in enumerate(read.rule.companions):
        if not read.reading.schema.tables[join.table].has_index_on(join.far_columns):
            what = (
                f"no index on {_columns(join.table, join.far_columns)}, by which what is held along with "
                f"{read.rule.table} is found: while a hold stands, the whole table is read"
            )
            remedy = _statement(read, join.table, join.far_columns)
            yield at(read, "R261", ("companions", position, "table"), what, remedy, remark=True)


def _relationship_events(read: ReadRule) -> Iterator[Finding]:
    relationship = read.rule.relationship
    if relationship is None or not any(runs_from_relationship(one.start.event) for one in read.rule.clauses):
        return
    if relationship.rows is not None:
        table, end = read.reading.schema.tables[relationship.rows.join.table], relationship.rows.end
        what = f"no index on {_columns(table.name, (end.column,))}, the {END}"
        yield from _slow(read, ("relationship", "end"), what, table, end)
    otherwise = relationship.otherwise
    if otherwise is not None and otherwise.column not in _events(read):
        what = f"no index on {_columns(read.rule.table, (otherwise.column,))}, the start where there is no relationship"
        yield from _slow(read, ("relationship", "otherwise"), what, read.table, otherwise)


def _events(read: ReadRule) -> dict[str, tuple[TimeColumn, Clause]]:
    """Columns of the root, with the first clause that counts from each."""
    found: dict[str, tuple[TimeColumn, Clause]] = {}
    for clause in read.rule.clauses:
        for time in times_of(clause.start.event):
            found.setdefault(time.column, (time, clause))
    return found


def _slow(read: ReadRule, path: tuple[str | int, ...], what: str, table: Table, time: TimeColumn) -> Iterator[Finding]:
    if table.has_index_on((time.column,)) or not _could_serve(read, table, time):
        return
    why = "to find what has ended since the last run, the whole table is read"
    yield at(read, "R261", path, f"{what}: {why}", _statement(read, table.name, (time.column,)), remark=True)


def _columns(table: str, columns: tuple[str, ...]) -> str:
    return f"{table}({', '.join(columns)})"


def _statement(read: ReadRule, table: str, columns: tuple[str, ...]) -> str:
    return index_statement(table, columns, read.reading.schema, read.rule.dataset)


def index_statement(table: str, columns: tuple[str, ...], schema: Schema, dataset: str) -> str:
    """What makes the index, as a remedy. Every name is quoted, so that none is taken for a word of SQL."""
    name = "_".join(("ix", table.replace(".", "_"), *columns))[:60]
    quoted = partial(_quoted, quote="`" if schema.dialect == "mariadb" else '"')
    of = ".".join(map(quoted, table.split(".")))  # of another schema, it is named with that
    statement = f"CREATE INDEX {quoted(name)} ON {of} ({', '.join(map(quoted, columns))})"
    return f"{statement}; then run `retention snapshot {dataset}`"


def _quoted(name: str, quote: str) -> str:
    return quote + name.replace(quote, quote * 2) + quote


def _could_serve(read: ReadRule, table: Table, time: TimeColumn) -> bool:
    """Servers compare texts by their bytes, for which the usual index is not made; and of two spellings none can be."""
    column = table.column(time.column)
    text = column is not None and family(column.type) is Family.TEXT
    return time.stored is not Stored.ISO_LOCAL and not (text and read.reading.schema.dialect != "sqlite")
