"""The schema of a PostgreSQL database, by one query for each kind of thing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from retention.model.schema import Column, ForeignKey, Table

# The tables of our schema, and those of others that refer to them. A partition is its parent's business.
_OURS = """\
WITH ours AS (
    SELECT c.oid, c.relname::text AS name, n.nspname::text AS schema_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = coalesce(:schema, current_schema())
), listed AS (
    SELECT oid, name FROM ours
    UNION
    SELECT c.oid, n.nspname::text || '.' || c.relname::text
    FROM pg_constraint k JOIN ours ON ours.oid = k.confrelid
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND NOT c.relispartition AND n.nspname <> ours.schema_name
)
"""
_COLUMNS = """\
SELECT listed.name AS of, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AS not_null, a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = a.atttypid ORDER BY e.enumsortorder) AS permits
FROM listed JOIN pg_attribute a ON a.attrelid = listed.oid
WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY listed.name, a.attnum"""
_KEYS = """\
SELECT listed.name AS of, k.contype::text AS kind, k.confdeltype::text AS on_delete,
       coalesce(referred.name, fn.nspname::text || '.' || fc.relname::text) AS referred,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place) AS near,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place) AS far
FROM listed JOIN pg_constraint k ON k.conrelid = listed.oid
LEFT JOIN listed referred ON referred.oid = k.confrelid
LEFT JOIN pg_class fc ON fc.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.contype IN ('p', 'f') AND (fc.oid IS NULL OR NOT fc.relispartition)
ORDER BY listed.name, k.conname"""
_INDEXES = """\
SELECT listed.name AS of, i.indisunique AS is_unique,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
             WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS near
FROM listed JOIN pg_index i ON i.indrelid = listed.oid
WHERE i.indpred IS NULL AND i.indexprs IS NULL AND i.indisvalid AND NOT i.indisprimary"""
_TRIGGERS = """\
SELECT listed.name AS of, t.tgname::text AS name
FROM listed JOIN pg_trigger t ON t.tgrelid = listed.oid WHERE NOT t.tgisinternal ORDER BY t.tgname"""
_CHECKS = """\
SELECT listed.name AS of, pg_get_expr(k.conbin, k.conrelid) AS demands
FROM listed JOIN pg_constraint k ON k.conrelid = listed.oid WHERE k.contype = 'c' ORDER BY listed.name, 2"""
_ON_DELETE = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_OUTSIDE_OF_QUOTES = re.compile(r'"(?:[^"]|"")*"|[^"]+')


def tables(connection: Connection, schema_name: str | None) -> Iterator[Table]:
    """The tables of one schema, and under ``other.table`` those of other schemas that refer to them."""
    columns, keys = _grouped(connection, _COLUMNS, schema_name), _grouped(connection, _KEYS, schema_name)
    indexes, triggers = _grouped(connection, _INDEXES, schema_name), _grouped(connection, _TRIGGERS, schema_name)
    checks = _grouped(connection, _CHECKS, schema_name)
    for name in sorted(columns):
        yield Table(
            name=name,
            columns=tuple(_column(row) for row in columns[name]),
            primary_key=next((tuple(row.near) for row in keys[name] if row.kind == "p"), ()),
            foreign_keys=tuple(_foreign_key(row) for row in keys[name] if row.kind == "f"),
            unique=_column_lists(row for row in indexes[name] if row.is_unique),
            indexes=_column_lists(row for row in indexes[name] if not row.is_unique),
            triggers=tuple(row.name for row in triggers[name]),
            checks=tuple(row.demands for row in checks[name]),
        )


def _grouped(connection: Connection, query: str, schema_name: str | None) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(text(_OURS + query), {"schema": schema_name}):
        grouped[row.of].append(row)
    return grouped


def _column(row: Any) -> Column:
    return Column(
        name=row.name,
        type=_upper(row.type),
        nullable=not row.not_null,
        generated=row.is_generated,
        values=tuple(row.permits),
    )


def _upper(spelling: str) -> str:
    """A quoted name keeps its case, or it would be another's."""
    parts = _OUTSIDE_OF_QUOTES.findall(spelling)
    return "".join(part if part.startswith('"') else part.upper() for part in parts)


def _foreign_key(row: Any) -> ForeignKey:
    return ForeignKey(
        columns=tuple(row.near),
        table=row.referred,
        referred_columns=tuple(row.far),
        on_delete=_ON_DELETE.get(row.on_delete, ""),
    )


def _column_lists(rows: Iterator[Any] | Sequence[Any]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted({tuple(row.near) for row in rows if row.near}))
