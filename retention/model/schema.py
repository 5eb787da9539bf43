"""A committed snapshot of the schema that the rules rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``type`` is the type as the database spells it, upper case ("VARCHAR(120)", "TIMESTAMP WITH TIME ZONE").
    ``generated``: computed by the database, cannot be written. ``collation``: by which MariaDB compares texts, so that
    copies of keys are compared alike; no part of a snapshot. ``values``: all that an enum type of PostgreSQL permits;
    those of MariaDB stand in the type."""

    name: str
    type: str
    nullable: bool
    generated: bool = False
    collation: str = field(default="", compare=False)
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """``columns`` of this table refer to ``referred_columns`` of ``table``; not ``declared``: the dataset file says so.
    ``on_delete`` as the database spells it, upper case; empty where it does nothing."""

    columns: tuple[str, ...]
    table: str
    referred_columns: tuple[str, ...]
    on_delete: str = ""
    declared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``indexes`` and ``unique`` hold column lists in index order; the primary key is in neither.
    ``partial`` indexes and expression indexes are left out: they do not serve us. ``checks``: what each CHECK demands,
    as the database spells it; an older snapshot has none. ``unfit``: why no rule may write to it, in words that follow
    the table's name; no part of a snapshot."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    triggers: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    unfit: str = field(default="", compare=False)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def has_index_on(self, columns: tuple[str, ...]) -> bool:
        """Whether an index (or the primary or a unique key) begins with these columns, in any order among them."""
        candidates = (self.primary_key, *self.unique, *self.indexes)
        return any(set(index[: len(columns)]) == set(columns) for index in candidates if len(index) >= len(columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """All tables of a dataset but our own."""

    dialect: str  # SQLAlchemy's dialect name: "sqlite", "postgresql", "mariadb"
    tables: Mapping[str, Table] = field(default_factory=dict)

    def referring_to(self, table: str) -> tuple[tuple[Table, ForeignKey], ...]:
        """Every foreign key that points at ``table``, with the table it stands in, in name order."""
        return tuple(
            (other, key) for _, other in sorted(self.tables.items()) for key in other.foreign_keys if key.table == table
        )
