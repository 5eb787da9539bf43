"""The schema of a MariaDB database, by one query for each kind of thing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from retention.model.schema import Column, ForeignKey, Table

# Each names its database plainly: else the server opens the tables of every database that it has.
_TABLES = """\
SELECT t.table_name AS of, t.engine, t.table_type
FROM information_schema.tables t
WHERE t.table_schema = :of AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
ORDER BY t.table_name"""
_REFERRERS = """\
SELECT DISTINCT k.table_schema AS of, k.table_name AS name
FROM information_schema.key_column_usage k
WHERE k.referenced_table_schema = :of AND k.table_schema <> :of
ORDER BY 1, 2"""
_COLUMNS = """\
SELECT c.table_name AS of, c.column_name AS name, c.column_type AS type, c.is_nullable = 'YES' AS nullable,
       c.is_generated <> 'NEVER' AS is_generated, c.collation_name AS collation
FROM information_schema.columns c
WHERE c.table_schema = :of
ORDER BY c.table_name, c.ordinal_position"""
_KEYS = """\
SELECT k.table_name AS of, k.constraint_name, k.column_name AS near, k.referenced_column_name AS far,
       k.referenced_table_schema AS referred_schema, k.referenced_table_name AS referred, r.delete_rule AS on_delete
FROM information_schema.key_column_usage k
LEFT JOIN information_schema.referential_constraints r
    ON r.constraint_schema = :of AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
WHERE k.table_schema = :of AND (k.constraint_name = 'PRIMARY' OR k.referenced_table_name IS NOT NULL)
ORDER BY k.table_name, k.constraint_name, k.ordinal_position"""
_INDEXES = """\
SELECT s.table_name AS of, s.index_name, s.non_unique = 0 AS is_unique, s.column_name AS near, s.sub_part
FROM information_schema.statistics s
WHERE s.table_schema = :of AND s.index_name <> 'PRIMARY' AND s.index_type IN ('BTREE', 'HASH') AND s.ignored = 'NO'
ORDER BY s.table_name, s.index_name, s.seq_in_index"""
_TRIGGERS = """\
SELECT t.event_object_table AS of, t.trigger_name AS name
FROM information_schema.triggers t
WHERE t.event_object_schema = :of
ORDER BY t.trigger_name"""
_CHECKS = """\
SELECT k.table_name AS of, k.check_clause AS demands
FROM information_schema.check_constraints k
WHERE k.constraint_schema = :of
ORDER BY 1, 2"""
_SPELLED = {"TINYINT(1)": "BOOLEAN"}  # which it calls by no other name
_OUTSIDE_OF_QUOTES = re.compile(r"'(?:[^']|'')*'|[^']+")
_WIDTH = re.compile(r"\b((?:TINY|SMALL|MEDIUM|BIG)?INT)\(\d+\)")  # of how numbers are shown


def tables(connection: Connection, schema_name: str | None) -> Iterator[Table]:
    """The tables of one database, and under ``other.table`` those of other databases that refer to them."""
    ours = schema_name or str(connection.execute(text("SELECT database()")).scalar_one())
    yield from _of_database(connection, ours, ours)
    for other, referrers in _grouped(connection, _REFERRERS, ours).items():
        names = {row.name for row in referrers}
        found = _of_database(connection, other, ours)
        yield from (replace(table, name=f"{other}.{table.name}") for table in found if table.name in names)


def _of_database(connection: Connection, of: str, ours: str) -> Iterator[Table]:
    columns, keys = _grouped(connection, _COLUMNS, of), _grouped(connection, _KEYS, of)
    indexes, triggers = _grouped(connection, _INDEXES, of), _grouped(connection, _TRIGGERS, of)
    checks = _grouped(connection, _CHECKS, of)
    for name, (kind,) in _grouped(connection, _TABLES, of).items():
        uniques, plain = _indexes(indexes[name])
        visible = {row.name for row in columns[name]}  # a history's key has a column that its table does not show
        yield Table(
            name=name,
            columns=tuple(_column(row) for row in columns[name]),
            primary_key=tuple(row.near for row in keys[name] if row.referred is None and row.near in visible),
            foreign_keys=_foreign_keys((row for row in keys[name] if row.referred is not None), ours),
            unique=uniques,
            indexes=plain,
            triggers=tuple(row.name for row in triggers[name]),
            checks=tuple(row.demands for row in checks[name]),
            unfit=_unfit(kind),
        )


def _grouped(connection: Connection, query: str, of: str) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(text(query), {"of": of}):
        grouped[row.of].append(row)
    return grouped


def _unfit(row: Any) -> str:
    if row.table_type == "SYSTEM VERSIONED":
        return "keeps every row that is deleted or changed in its history (WITH SYSTEM VERSIONING)"
    if row.engine != "InnoDB":
        return f"is kept by {row.engine}, which takes nothing back: half a batch could stay (ENGINE=InnoDB would do)"
    return ""


def _column(row: Any) -> Column:
    spelling = _upper(row.type)
    return Column(
        name=row.name,
        type=_SPELLED.get(spelling, _WIDTH.sub(r"\1", spelling)),
        nullable=bool(row.nullable),
        generated=bool(row.is_generated),
        collation=row.collation or "",
    )


def _upper(spelling: str) -> str:
    """The values of an ENUM keep their case. TIMESTAMP is an instant, and must not be taken for a local time."""
    parts = _OUTSIDE_OF_QUOTES.findall(spelling)
    upper = "".join(part if part.startswith("'") else part.upper() for part in parts)
    return f"{upper} WITH TIME ZONE" if upper.startswith("TIMESTAMP") else upper


def _foreign_keys(rows: Iterator[Any], ours: str) -> tuple[ForeignKey, ...]:
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_name[row.constraint_name].append(row)
    return tuple(
        ForeignKey(
            columns=tuple(part.near for part in parts),
            table=_referred(parts[0], ours),
            referred_columns=tuple(part.far for part in parts),
            on_delete="" if parts[0].on_delete in (None, "RESTRICT", "NO ACTION") else parts[0].on_delete,
        )
        for parts in by_name.values()
    )


def _referred(row: Any, ours: str) -> str:
    return str(row.referred if row.referred_schema == ours else f"{row.referred_schema}.{row.referred}")


def _indexes(rows: list[Any]) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """(unique, others), without those over the beginnings of texts."""
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_name[row.index_name].append(row)
    unique: set[tuple[str, ...]] = set()
    plain: set[tuple[str, ...]] = set()
    for parts in by_name.values():
        if all(part.sub_part is None for part in parts):
            (unique if parts[0].is_unique else plain).add(tuple(part.near for part in parts))
    return tuple(sorted(unique)), tuple(sorted(plain))
