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


def sql_type(spelling: str, dialect: str) -> TypeEngine[Any]:
    """``dialect``: SQLAlchemy's name. Types that we need not look into stay as they are spelled."""
    bare = " ".join(re.sub(r"\(.*?\)", "", spelling).split()).upper()
    if bare in _PLAIN:
        return _PLAIN[bare]
    match = _LENGTH.search(spelling)
    length = int(match[1]) if match else None
    if bare in ("CHAR", "CHARACTER"):
        return CHAR(length)
    if bare == "CHARACTER VARYING" or bare.endswith(("CHAR", "VARCHAR2")):
        return String(length)
    if dialect == "postgresql" and bare == "UUID":
        return Uuid(as_uuid=False)
    if dialect == "postgresql" and bare == "NUMERIC":
        return Numeric()
    return Spelled(spelling)
