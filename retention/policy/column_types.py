"""Families of column types: what the databases' many spellings have in common."""

from __future__ import annotations

import re
from enum import StrEnum


class Family(StrEnum):
    DATE = "date"
    DATETIME = "date and time without zone"
    INSTANT = "timestamp with time zone"
    INTEGER = "whole number"
    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth value"
    UUID = "UUID"
    BINARY = "binary"
    NETWORK = "network address"
    OTHER = "other"


_LENGTH = re.compile(r"\b\w*(?:CHAR|VARYING)\w*\s*\(\s*(\d+)\s*\)")
_INTEGERS = {
    "INT",
    "INTEGER",
    "BIGINT",
    "SMALLINT",
    "TINYINT",
    "MEDIUMINT",
    "INT2",
    "INT4",
    "INT8",
    "SERIAL",
    "BIGSERIAL",
}
_NUMBERS = {"NUMERIC", "DECIMAL", "REAL", "FLOAT", "DOUBLE", "DOUBLE PRECISION", "FLOAT4", "FLOAT8", "MONEY"}
_TEXTS = {
    "TEXT",
    "STRING",
    "CLOB",
    "CITEXT",
    "CHARACTER VARYING",
    "CHARACTER",
    "NATIONAL CHARACTER",
    "NATIONAL CHARACTER VARYING",
}


def family(type_text: str) -> Family:
    """The family of a type as a snapshot spells it."""
    text = type_text.upper()
    bare = re.sub(r"\s+", " ", re.sub(r"\(.*?\)", "", text)).strip()
    if bare == "DATE":
        return Family.DATE
    if bare in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return Family.INSTANT
    if bare in ("DATETIME", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE"):
        return Family.DATETIME
    if bare in _INTEGERS or bare.removesuffix(" UNSIGNED") in _INTEGERS:
        return Family.INTEGER
    if bare in _NUMBERS:
        return Family.NUMBER
    if bare in _TEXTS or bare.endswith(("CHAR", "CHAR2", "TEXT")):
        return Family.TEXT
    if bare in ("BOOL", "BOOLEAN"):
        return Family.TRUTH
    if bare == "UUID":
        return Family.UUID
    if bare in ("INET", "CIDR"):
        return Family.NETWORK
    return Family.BINARY if bare in ("BLOB", "BYTEA", "BINARY", "VARBINARY") else Family.OTHER


def longest_text(type_text: str) -> int | None:
    """The length of VARCHAR(n) and its like, in characters; None where there is no limit."""
    match = _LENGTH.search(type_text.upper())
    return int(match[1]) if match else None


def enum_values(type_text: str) -> tuple[str, ...]:
    """What an ENUM of MariaDB permits, which its type names; empty: no such type."""
    if not type_text.startswith("ENUM("):
        return ()
    return tuple(value.replace("''", "'") for value in re.findall(r"'((?:[^']|'')*)'", type_text))


def comparable(one: str, other: str) -> bool:
    """Whether columns of these types can be joined: of one family, or both numbers."""
    numbers = {Family.INTEGER, Family.NUMBER}
    left, right = family(one), family(other)
    return left is right or {left, right} <= numbers or Family.OTHER in (left, right)
