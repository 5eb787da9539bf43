"""What lint proves of a CHECK is what the database does: it lets pass, and refuses, what is proven."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from retention.policy.check_text import NotUnderstood, read_check
from retention.policy.check_values import UNSURE, Unsure, Value, holds
from retention.sql.reflection import reflect
from tests.databases.opening import opened

TEXTS = (
    "",
    "a",
    "A",
    "open",
    "Open",
    "é",
    "o'n",
    "it's (x)",
    "abcdefghijkl",
    "a_b",
    "a%",
    "12",
    '{"a": 1}',
    "open ",
    None,
)
NUMBERS = (0, 1, -3, 7, 100, Decimal("2.5"), None)
OF_TEXT = (
    "x IN ('open', 'it''s (x)')",
    "x NOT IN ('open', 'a')",
    "x = 'open' OR x = 'a' AND length(x) < 2",
    "NOT (x = 'open' OR x LIKE 'a%')",
    "x LIKE 'a%' OR x LIKE '_'",
    "x NOT LIKE '%o%' AND x <> ''",
    "length(x) BETWEEN 1 AND 5",
    "NOT length(x) NOT BETWEEN 2 AND 12",
    "lower(x) = 'open' OR upper(x) = 'A'",
    "trim(x) = 'open'",
    "coalesce(x, '') <> ''",
    "x IS NOT NULL",
    "x IS NULL OR x = 'a'",
    "(x = 'a') IS NOT TRUE",
    "x || 'b' = 'ab'",
    "x < 'm'",
    "x NOT LIKE 'a!_%' ESCAPE '!'",
)
OF_NUMBER = (
    "x > 0 AND x <= 7",
    "x IN (1, -3, 100)",
    "x <> 1.0",
    "NOT x < 2.5",
    "x BETWEEN -5 AND 5",
    "x + 1 > 2",
    "x = 7 OR NULL",
    "x = CAST(2.5 AS DECIMAL(9,0))",
)


@pytest.mark.parametrize(
    ("type_text", "checks", "values"), [("VARCHAR(40)", OF_TEXT, TEXTS), ("NUMERIC(9,2)", OF_NUMBER, NUMBERS)]
)
def test_what_is_proven_is_what_happens(
    any_database: str, type_text: str, checks: tuple[str, ...], values: tuple[Value, ...]
) -> None:
    database = opened(any_database)
    with database.writing() as connection:
        for number, check in enumerate(checks):
            connection.execute(text(f"CREATE TABLE t{number} (x {type_text}, CHECK ({check}))"))
    with database.reading() as connection:
        tables = reflect(connection, database).tables
    proven = 0
    for number, check in enumerate(checks):
        (spelled,) = tables[f"t{number}"].checks
        for value in values:
            said = told(spelled, value, database.dialect.name)
            assert said is UNSURE or (said is not False) == passes(database, number, value), (check, spelled, value)
            proven += said is not UNSURE
    assert proven > 0.65 * len(checks) * len(values), "and most is proven"


def told(check: str, value: Value, dialect: str) -> bool | Unsure | None:
    try:
        node = read_check(check, ("x",), dialect)
    except NotUnderstood:
        return UNSURE
    return holds(node, {"x": value}, exact=dialect == "postgresql", bytes_counted=dialect == "mariadb")


def passes(database: object, number: int, value: Value) -> bool:
    try:
        with database.writing() as connection:  # type: ignore[attr-defined]
            connection.execute(
                text(f"INSERT INTO t{number} VALUES (:value)"),
                {"value": float(value) if isinstance(value, Decimal) else value},
            )
    except DBAPIError:
        return False
    return True


def test_sqlite_takes_names_in_brackets_and_texts_in_double_quotes() -> None:
    assert told("[x] IN (\"a\", 'b')", "a", "sqlite") is True
    assert told('"x" IN ("a", \'b\')', "c", "sqlite") is False


@pytest.mark.parametrize(
    "check", ["x ~ '^a$'", "x GLOB 'a*'", "x = (SELECT 1)", "CASE WHEN x = 1 THEN 1 END", "x =", "((x)", "x;"]
)
def test_what_is_not_simple_proves_nothing(check: str) -> None:
    assert told(check, "a", "sqlite") is UNSURE
