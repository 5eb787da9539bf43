"""Snapshots: the schema that the rules rely on, as text that people review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from retention.model.errors import RetentionError
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.policy.documents.snapshot import SnapshotDocument, TableDocument
from retention.policy.finding import Finding, Refused, in_reading_order
from retention.policy.validate import validate
from retention.policy.yaml_text import Parsed, read_yaml
from retention.policy.yaml_words import quoted

_NOT_NULL, _GENERATED = " NOT NULL", " GENERATED"


def snapshot_text(schema: Schema, dataset_id: str) -> str:
    """The snapshot file of a dataset: tables in name order, columns in the database's. Equal schemas, equal text."""
    head = (
        f"# The schema of {dataset_id} that its rules rely on. Written by `retention snapshot {dataset_id}`:\n"
        "# do not edit, run it again and review what changed.\n"
    )
    lines = ["version: 1", f"dataset: {quoted(dataset_id)}", f"dialect: {quoted(schema.dialect)}"]
    lines.append("tables:" if schema.tables else "tables: {}")
    for _, table in sorted(schema.tables.items()):
        lines.extend(f"  {line}" for line in _table_lines(table))
    return head + "\n".join(lines) + "\n"


def _table_lines(table: Table) -> Iterator[str]:
    yield f"{quoted(table.name)}:"
    yield "  columns:"
    for column in table.columns:
        words = column.type + ("" if column.nullable else _NOT_NULL) + (_GENERATED if column.generated else "")
        yield f"    {quoted(column.name)}: {quoted(words)}"
    yield f"  primary_key: {_flow(table.primary_key)}"
    declared = [key for key in table.foreign_keys if key.declared]
    if declared:
        yield "  foreign_keys:"
        for key in sorted(declared, key=lambda key: (key.columns, key.table)):
            pairs = ", ".join(
                f"{quoted(near)}: {quoted(far)}" for near, far in zip(key.columns, key.referred_columns, strict=True)
            )
            after = f", on_delete: {quoted(key.on_delete)}" if key.on_delete else ""
            yield f"    - {{columns: {{{pairs}}}, refers_to: {quoted(key.table)}{after}}}"
    for word, lists in (("unique", table.unique), ("indexes", table.indexes)):
        if lists:
            yield f"  {word}:"
            yield from (f"    - {_flow(columns)}" for columns in sorted(lists))
    if table.triggers:
        yield f"  triggers: {_flow(tuple(sorted(table.triggers)))}"
    if table.checks:
        yield "  checks:"
        yield from (f"    - {quoted(check)}" for check in sorted(table.checks))
    if any(column.values for column in table.columns):
        yield "  values:"
        yield from (f"    {quoted(one.name)}: {_flow(one.values)}" for one in table.columns if one.values)


def _flow(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(quoted(name) for name in names) + "]"


def read_snapshot(path: Path) -> Schema:
    """Raises RetentionError with everything that is wrong with the file."""
    try:
        return parse_snapshot(read_yaml(path, path.name), path.stem)
    except Refused as refused:
        raise RetentionError(*in_reading_order(refused.findings)) from None


def parse_snapshot(parsed: Parsed, dataset_id: str) -> Schema:
    """Raises Refused with the findings."""
    document = validate(SnapshotDocument, parsed)
    tables = {name: _table(name, table) for name, table in document.tables.items()}
    findings = list(_mistakes(document, parsed, dataset_id))
    if findings:
        raise Refused(*findings)
    return Schema(dialect=document.dialect, tables=tables)


def _table(name: str, document: TableDocument) -> Table:
    return Table(
        name=name,
        columns=tuple(
            _column(column, words, document.values.get(column, ())) for column, words in document.columns.items()
        ),
        primary_key=tuple(document.primary_key),
        foreign_keys=tuple(
            ForeignKey(
                columns=tuple(key.columns),
                table=key.refers_to,
                referred_columns=tuple(key.columns.values()),
                on_delete=key.on_delete,
            )
            for key in document.foreign_keys
        ),
        unique=tuple(map(tuple, document.unique)),
        indexes=tuple(map(tuple, document.indexes)),
        triggers=tuple(document.triggers),
        checks=tuple(document.checks),
    )


def _column(name: str, words: str, values: Sequence[str]) -> Column:
    generated = words.endswith(_GENERATED)
    rest = words.removesuffix(_GENERATED)
    nullable = not rest.endswith(_NOT_NULL)
    return Column(
        name=name,
        type=rest.removesuffix(_NOT_NULL),
        nullable=nullable,
        generated=generated,
        values=tuple(values),
    )


def _mistakes(document: SnapshotDocument, parsed: Parsed, dataset_id: str) -> Iterator[Finding]:
    again = f"do not edit snapshots: run `retention snapshot {dataset_id}` again"
    if document.dataset != dataset_id:
        what = f"this is the snapshot of {document.dataset!r}, and the file is named after {dataset_id!r}"
        yield Finding(code="R117", at=parsed.at("dataset"), what=what, remedy=again)
    for name, table in document.tables.items():
        named = {
            "primary_key": table.primary_key,
            "foreign_keys": [column for key in table.foreign_keys for column in key.columns],
            "unique": [column for key in table.unique for column in key],
            "indexes": [column for key in table.indexes for column in key],
            "values": list(table.values),
        }
        for key, columns in named.items():
            for column in columns:
                if column not in table.columns:
                    what = f"{key} of {name} names the column {column!r}, which the table does not have"
                    yield Finding(code="R201", at=parsed.at("tables", name, key), what=what, remedy=again)
