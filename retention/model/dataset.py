"""Datasets: the databases that hold personal data. One statement never joins two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredReference:
    """A foreign key that the database does not declare but the application keeps."""

    table: str
    columns: tuple[str, ...]
    refers_to: str
    referred_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLink:
    """A row of ``table`` says that the keys in these columns are one person's."""

    table: str
    subjects: Mapping[str, str]  # kind of subject -> column that holds its key; two kinds at least
    null_is_nobody: bool = False  # a NULL says that there is no such key; else there may be one that nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One database (one schema of it), as datasets.yaml declares it."""

    id: str
    title: str
    environment: str | None  # name of the variable that holds the URL; the command line reads this
    connection: str | None  # Airflow connection id; the Airflow side reads this, else the variable
    schema: str | None  # PostgreSQL schema; None: the default one
    zone: str  # IANA name; rules without a zone of their own use it
    schedule: str | None  # cron or preset; None: only by hand
    owner: str  # who is told
    references: tuple[DeclaredReference, ...] = ()
    ignored_tables: Mapping[str, str] | None = None  # table -> why it needs no rule
    identity_links: tuple[IdentityLink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place in a file, for messages: ``file`` relative to the rules folder, ``line`` and ``column`` from 1. In the
    texts of messages the column is left out."""

    file: str
    line: int
    column: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
