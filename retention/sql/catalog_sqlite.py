"""The schema of a SQLite file, by one query for each kind of thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from retention.model.schema import Column, ForeignKey, Table
from retention.sql.check_clauses import checks_in

_TABLES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)
_COLUMNS = """\
SELECT m.name AS of, c.name, c.type, c."notnull" AS not_null, c.pk, c.hidden
FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid"""
_FOREIGN_KEYS = """\
SELECT m.name AS of, k.id, k."table" AS referred, k."from" AS near, k."to" AS far, k.on_delete
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY m.name, k.id DESC, k.seq"""
_INDEXES = """\
SELECT m.name AS of, i.name, i."unique" AS is_unique, i.origin, c.name AS column_name
FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
WHERE m.type = 'table' AND i.partial = 0 ORDER BY m.name, i.name, c.seqno"""
_TRIGGERS = "SELECT tbl_name AS of, name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
_GENERATED = (2, 3)  # virtual, stored; 1 is a virtual table's hidden column
_NO_ACTION = ("NO ACTION", "RESTRICT")


def tables(connection: Connection, schema_name: str | None) -> Iterator[Table]:
    """Every table, without SQLite's own. A file has one schema."""
    columns, keys = _grouped(connection, _COLUMNS), _grouped(connection, _FOREIGN_KEYS)
    indexes, triggers = _grouped(connection, _INDEXES), _grouped(connection, _TRIGGERS)
    statements = {row.name: row.sql for row in connection.execute(text(_TABLES))}
    names = list(statements)
    spelled = _Spelled(names, columns)
    for name in names:
        uniques, plain = _indexes(indexes[name])
        yield Table(
            name=name,
            columns=tuple(_column(row) for row in columns[name] if row.hidden != 1),
            primary_key=_primary_key(columns[name]),
            foreign_keys=_foreign_keys(keys[name], spelled),
            unique=uniques,
            indexes=plain,
            triggers=tuple(row.name for row in triggers[name]),
            checks=tuple(sorted(checks_in(statements[name]))),
        )


def _grouped(connection: Connection, query: str) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(text(query)):
        grouped[row.of].append(row)
    return grouped


def _column(row: Any) -> Column:
    # A primary key of SQLite may hold NULL unless it says NOT NULL, or is the one INTEGER that is the row's number.
    rowid = row.pk == 1 and row.type.upper() == "INTEGER"
    return Column(
        name=row.name,
        type=row.type.upper(),
        nullable=not (row.not_null or rowid),
        generated=row.hidden in _GENERATED,
    )


def _primary_key(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(row.name for row in sorted(rows, key=lambda row: row.pk) if row.pk)


class _Spelled:
    """SQLite takes names in any case: foreign keys may spell tables and columns otherwise than they were made."""

    def __init__(self, names: Sequence[str], columns: dict[str, list[Any]]) -> None:
        self._tables = {name.lower(): name for name in names}
        self._columns: dict[str, dict[str, str]] = {
            name: {row.name.lower(): row.name for row in columns[name]} for name in names
        }
        self._keys = {name: _primary_key(columns[name]) for name in names}

    def table(self, name: str) -> str:
        return self._tables.get(name.lower(), name)

    def column(self, table: str, name: str) -> str:
        return self._columns.get(table, {}).get(name.lower(), name)

    def primary_key(self, table: str) -> tuple[str, ...]:
        return self._keys.get(table, ())


def _foreign_keys(rows: Sequence[Any], spelled: _Spelled) -> tuple[ForeignKey, ...]:
    by_id: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_id[row.id].append(row)
    keys = []
    for parts in by_id.values():
        first = parts[0]
        referred = spelled.table(first.referred)
        implied = spelled.primary_key(referred) if first.far is None else ()
        keys.append(
            ForeignKey(
                columns=tuple(spelled.column(first.of, part.near) for part in parts),
                table=referred,
                referred_columns=implied or tuple(spelled.column(referred, part.far or "") for part in parts),
                on_delete="" if first.on_delete in _NO_ACTION else first.on_delete,
            )
        )
    return tuple(keys)


def _indexes(rows: Sequence[Any]) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """(unique, others), without the primary key's and without those over expressions."""
    by_name: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    unique: list[tuple[str, ...]] = []
    plain: list[tuple[str, ...]] = []
    for parts in by_name.values():
        columns = tuple(part.column_name for part in parts)
        if parts[0].origin == "pk" or None in columns:
            continue
        (unique if parts[0].is_unique else plain).append(columns)
    return tuple(sorted(set(unique))), tuple(sorted(set(plain)))
