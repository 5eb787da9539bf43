"""The databases that we speak to. Adding one is one file here, and a line below: docs/dialects.md."""

from __future__ import annotations

from difflib import get_close_matches

from retention.model.errors import refuse
from retention.sql.dialects.base import Dialect
from retention.sql.dialects.mariadb import MariaDB
from retention.sql.dialects.postgresql import PostgreSQL
from retention.sql.dialects.sqlite import SQLite

_DIALECTS: dict[str, type[Dialect]] = {dialect.name: dialect for dialect in (MariaDB, PostgreSQL, SQLite)}


def dialect_names() -> tuple[str, ...]:
    """SQLAlchemy's names, in order."""
    return tuple(sorted(_DIALECTS))


def dialect_named(name: str, database: str = "") -> Dialect:
    """``database``: the name of the one that is worked on.

    Raises RetentionError R302 for a database that we do not speak to, listing those that we do."""
    if name in _DIALECTS:
        return _DIALECTS[name](database)
    near = get_close_matches(name, _DIALECTS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise refuse(
        "R302",
        f"{name!r} is not a database that retention works on; {hint}valid are {', '.join(dialect_names())}",
        where="database address",
        remedy="write postgresql+psycopg://user@host/database, mariadb://user@host/database or "
        "sqlite:////path/to/file.db; docs/dialects.md says how another kind of database is added",
    )
