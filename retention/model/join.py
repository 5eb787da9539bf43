"""Steps from a row to rows of other tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Equality of ``columns`` of the near table with ``far_columns`` of ``table``."""

    columns: tuple[str, ...]
    table: str
    far_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A column of the one row that the path leads to from a root row; NULL where there is none."""

    path: tuple[Join, ...]
    column: str
