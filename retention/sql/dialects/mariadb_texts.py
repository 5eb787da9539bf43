"""Texts on MariaDB: compared by their bytes, digested as UTF-8, and searched for addresses and numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    LargeBinary,
    String,
    case,
    cast,
    func,
    literal,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

BYTEWISE = "utf8mb4_nopad_bin"  # no two different texts are equal in it, not even by blanks at their end
# An e-mail address, or what may be a telephone number: seven digits or more, with what people write between them. An
# address is looked for from where a word begins, or a long word would be read once for each of its letters.
_CONTACT = (
    r"(?:(?<![[:alnum:]_+])|\G)[[:alnum:]_+][[:alnum:]_.%+'-]*@[[:alnum:]_-]+(?:\.[[:alnum:]_-]+)+"
    "|[+(]?[0-9][0-9 ()./\u00a0-]{5,}[0-9]"
)
_PERHAPS = "@|[0-9][0-9 ()./\u00a0-]{5}"  # no text without this holds one


def exact(text: ColumnElement[Any]) -> ColumnElement[str]:
    """Collations of columns take A for a, or "a " for "a"."""
    return utf8(text).collate(BYTEWISE)


def utf8(text: ColumnElement[Any]) -> ColumnElement[str]:
    """Whatever the character set of its column."""
    return func.convert(text.op("USING")(literal_column("utf8mb4")), type_=String())


def sha256(text: ColumnElement[Any]) -> ColumnElement[bytes]:
    return func.unhex(func.sha2(text, 256), type_=LargeBinary())


class _ElementsOf(FunctionElement[Any]):
    """JSON_TABLE over a list of texts."""

    name = "json_table"
    inherit_cache = True


@compiles(_ElementsOf, "mariadb")
def _json_table(element: _ElementsOf, compiler: Any, **options: Any) -> str:
    return f"JSON_TABLE({compiler.process(element.clauses, **options)}, '$[*]' COLUMNS (found LONGTEXT PATH '$'))"


def contacts(text: ColumnElement[str]) -> tuple[FromClause, ColumnElement[str]]:
    """What is found cannot hold a quote, a backslash or a control character, so that it stands in JSON as it is.
    A search that the server gives up is NULL, and no JSON: an error, and not a text without contacts."""
    lines = func.regexp_replace(utf8(text), rf"(?s).*?({_CONTACT}|\z)", "\\1\n", type_=String())
    listed = func.concat('["', func.replace(lines, "\n", '","'), '"]', type_=String())
    found = case((utf8(text).regexp_match(_PERHAPS), func.coalesce(listed, "?")), else_=literal("[]"))
    table = _ElementsOf(found).table_valued(Column("found", String))
    return table, table.c.found


class JoinedRows(FunctionElement[Any]):
    """GROUP_CONCAT of its first argument in the order of the others, with nothing in between; NULLs left out."""

    name = "group_concat"
    inherit_cache = True


@compiles(JoinedRows, "mariadb")
def _group_concat(element: JoinedRows, compiler: Any, **options: Any) -> str:
    item, *order = (compiler.process(part, **options) for part in element.clauses)
    return f"GROUP_CONCAT({item} ORDER BY {', '.join(order)} SEPARATOR '')"


def joined_bytes(item: ColumnElement[Any], order_by: Any) -> ColumnElement[bytes]:
    return cast(JoinedRows(item, *order_by), LargeBinary())
