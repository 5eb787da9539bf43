"""SQLAlchemy types for columns as a snapshot spells them, so that tables are built without asking the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Text,
    Uuid,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine, UserDefinedType

_LENGTH = re.compile(r"\((\d+)\)")


class Spelled(UserDefinedType[Any]):
    """A type as the database spells it. Values are what the driver takes and gives, whatever they are."""

    cache_ok = True

    def __init__(self, spelling: str) -> None:
        self.spelling = spelling

    def get_col_spec(self, **_: Any) -> str:
        return self.spelling

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """SQLite's driver knows no decimal numbers; its own are floating, too."""
        if dialect.name != "sqlite":
            return None
        return lambda value: float(value) if isinstance(value, Decimal) else value


RAW = Spelled("")  # for reading a column as it is

_PLAIN: dict[str, TypeEngine[Any]] = {
    "DATE": Date(),
    "DATETIME": DateTime(),
    "TIMESTAMP": DateTime(),
    "TIMESTAMP WITHOUT TIME ZONE": DateTime(),
    "TIMESTAMP WITH TIME ZONE": DateTime(timezone=True),
    "TIMESTAMPTZ": DateTime(timezone=True),
    "SMALLINT": SmallInteger(),
    "INTEGER": Integer(),
    "INT": Integer(),
    "BIGINT": BigInteger(),
    "BOOLEAN": Boolean(),
    "BOOL": Boolean(),
    "TEXT": Text(),
    "CLOB": Text(),
    "BYTEA": LargeBinary(),
    "BLOB": LargeBinary(),
}

_MARIADB: dict[str, TypeEngine[Any]] = {  # what it has beside the others
    "DATETIME": mysql.DATETIME(fsp=6),
    "TIMESTAMP WITH TIME ZONE": mysql.TIMESTAMP(timezone=True, fsp=6),
    "TINYINT": SmallInteger(),
    "MEDIUMINT": Integer(),
    "BIGINT UNSIGNED": mysql.BIGINT(unsigned=True),
    **{f"{size} UNSIGNED": BigInteger() for size in ("TINYINT", "SMALLINT", "MEDIUMINT", "INT")},
}


def sql_type(spelling: str, dialect: str, collation: str = "") -> TypeEngine[Any]:
    """``dialect``: SQLAlchemy's name; ``collation``: of a text, where it matters. Types that we need not look into stay
    as they are spelled."""
    bare = " ".join(re.sub(r"\(.*?\)", "", spelling).split()).upper()
    if dialect == "mariadb" and bare in _MARIADB:
        return _MARIADB[bare]
    if bare in _PLAIN:
        return _PLAIN[bare]
    match = _LENGTH.search(spelling)
    length = int(match[1]) if match else None
    if bare in ("CHAR", "CHARACTER"):
        return CHAR(length, collation=collation or None)
    if bare == "CHARACTER VARYING" or bare.endswith(("CHAR", "VARCHAR2")):
        return String(length, collation=collation or None)
    if dialect == "mariadb" and bare.endswith("TEXT"):
        return Text()
    if dialect == "postgresql" and bare == "UUID":
        return Uuid(as_uuid=False)
    if dialect == "postgresql" and bare == "NUMERIC":
        return Numeric()
    return Spelled(spelling)
