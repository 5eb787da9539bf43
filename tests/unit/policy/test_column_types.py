"""Families of types, as PostgreSQL and SQLite spell them."""

import pytest

from retention.policy.column_types import Family, comparable, family, longest_text


@pytest.mark.parametrize(
    ("type_text", "expected"),
    [
        ("DATE", Family.DATE),
        ("DATETIME", Family.DATETIME),
        ("TIMESTAMP", Family.DATETIME),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", Family.DATETIME),
        ("TIMESTAMP(6) WITH TIME ZONE", Family.INSTANT),
        ("BIGINT", Family.INTEGER),
        ("NUMERIC(10, 2)", Family.NUMBER),
        ("DOUBLE PRECISION", Family.NUMBER),
        ("NVARCHAR(160)", Family.TEXT),
        ("CHARACTER VARYING(20)", Family.TEXT),
        ("BOOLEAN", Family.TRUTH),
        ("UUID", Family.UUID),
        ("BYTEA", Family.BINARY),
        ("JSONB", Family.OTHER),
    ],
)
def test_family(type_text: str, expected: Family) -> None:
    assert family(type_text) is expected


def test_lengths_of_texts() -> None:
    assert [
        longest_text(text) for text in ("VARCHAR(120)", "CHAR(2)", "CHARACTER VARYING(9)", "TEXT", "NUMERIC(9)")
    ] == [
        120,
        2,
        9,
        None,
        None,
    ]


def test_numbers_and_texts_cannot_be_joined() -> None:
    assert comparable("INTEGER", "BIGINT")
    assert comparable("VARCHAR(10)", "TEXT")
    assert not comparable("INTEGER", "TEXT")
