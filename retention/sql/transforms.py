"""The SQL of the declared transforms: what anonymizers.transform.apply gives, value for value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    String,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
)
from sqlalchemy.types import TypeEngine

from anonymizers.transform import (
    ISO_DATE,
    ByNetwork,
    Constant,
    Hex,
    Null,
    Numbered,
    Pick,
    Template,
    Transform,
    YearStart,
)
from retention.sql.column_types import Spelled
from retention.sql.dialects.base import Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a transform reads of a row: its digests by block, and the values that were picked from pools."""

    dialect: Dialect
    digest: Callable[[int], ColumnElement[bytes]]
    picked: Callable[[Pick], ColumnElement[str]]


def written_value(transform: Transform, column: Column[Any], row: Row) -> ColumnElement[Any]:
    """What is written into ``column``, in its own type; NULL stays NULL. A text that is too long is an error of the
    database: nothing is cut."""
    new: ColumnElement[Any]
    match transform:
        case Null():
            return null()
        case Constant(value=value):
            new = literal(_native(value, column), type_=column.type)
        case YearStart():
            new = _year_start(column, row.dialect)
        case ByNetwork(v4=v4, v6=v6):
            has_colon = cast(column, String).contains(":")
            new = _typed(case((has_colon, _text(v6, row)), else_=_text(v4, row)), column, row.dialect)
        case _:
            new = _typed(_text(transform, row), column, row.dialect)
    return case((column.is_not(None), new), else_=column) if column.nullable else new


def _text(transform: Pick | Hex | Numbered | Template, row: Row) -> ColumnElement[str]:
    match transform:
        case Pick():
            return row.picked(transform)
        case Hex(at=at, characters=characters):
            digits = row.dialect.hex_of(row.digest(at.block), at.offset, at.length)
            return digits if characters == 2 * at.length else func.substr(digits, 1, characters)
        case Numbered():
            return _numbered(transform, row)
        case Template(parts=parts):
            texts = [literal(part) if isinstance(part, str) else _text(part, row) for part in parts]
            text = texts[0]
            for part in texts[1:]:
                text = text + part
            return text


def _numbered(transform: Numbered, row: Row) -> ColumnElement[str]:
    at, count, width = transform.at, transform.count, transform.width
    total = len(transform.prefixes) * count
    chosen = row.dialect.number_of(row.digest(at.block), at.offset, at.length) % total
    line = transform.low + chosen % count
    # 10000 + 123 without its first character is 0123.
    digits = func.substr(cast(10**width + line, String), 2) if width else cast(line, String)
    prefix = case(dict(enumerate(transform.prefixes)), value=row.dialect.quotient(chosen, count))
    return prefix + digits


def _year_start(column: Column[Any], dialect: Dialect) -> ColumnElement[Any]:
    if dialect.times_are_text or isinstance(column.type, String):
        text = cast(column, String)
        midnight = " 00:00:00" if isinstance(column.type, DateTime) else ""
        first = func.substr(text, 1, 4) + literal(f"-01-01{midnight}")
        return case((text.regexp_match(f"^{ISO_DATE.pattern}"), first))
    return dialect.year_start(column)


def _typed(text: ColumnElement[str], column: Column[Any], dialect: Dialect) -> ColumnElement[Any]:
    """A cast only where the database would refuse a text: to VARCHAR(n), or to a domain over it, it would cut in
    silence. A database that keeps times as text enforces no types, and a cast there could turn text into 0."""
    if dialect.times_are_text or not (isinstance(column.type, Uuid) or _is_network(column.type)):
        return text
    return cast(text, column.type)


def _is_network(type_: TypeEngine[Any]) -> bool:
    return isinstance(type_, Spelled) and type_.spelling.upper() in ("INET", "CIDR")


def _native(value: object, column: Column[Any]) -> object:
    """A day as the instant at which it begins, where the column holds times."""
    if isinstance(column.type, DateTime) and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC if column.type.timezone else None)
    return value
