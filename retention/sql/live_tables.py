"""The tables of a dataset as SQLAlchemy needs them, built from a schema that was read before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Column, MetaData, PrimaryKeyConstraint, Table

from retention.model import schema as model
from retention.sql.column_types import sql_type


class LiveTables(Mapping[str, Table]):
    """By name, each built when it is first asked for. ``schema_name``: of the dataset; None: the default one.

    A table that stands in another schema and refers to ours is named ``other.table``."""

    def __init__(self, schema: model.Schema, schema_name: str | None) -> None:
        self._schema = schema
        self._schema_name = schema_name
        self._metadata = MetaData()
        self._built: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._built:
            self._built[name] = self._build(self._schema.tables[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schema.tables)

    def __len__(self) -> int:
        return len(self._schema.tables)

    def _build(self, table: model.Table) -> Table:
        elsewhere, dot, rest = table.name.partition(".")
        schema_name, name = (elsewhere, rest) if dot else (self._schema_name, table.name)
        columns = [
            Column(column.name, sql_type(column.type, self._schema.dialect, column.collation), nullable=column.nullable)
            for column in table.columns
        ]
        return Table(name, self._metadata, *columns, PrimaryKeyConstraint(*table.primary_key), schema=schema_name)
