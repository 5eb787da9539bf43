"""Conditions as text, and the scope of a hold in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from retention.model.condition import All, Any, Compare, Condition, Not, Operator, Scalar
from retention.model.condition_text import condition_document, condition_of, condition_text
from retention.model.hold import ConditionScope, DatasetScope, Scope, SubjectKey, SubjectScope, TableScope
from retention.model.hold_words import in_words


def compare(column: str, operator: Operator, *values: Scalar) -> Compare:
    return Compare(column=column, operator=operator, values=values)


CONDITIONS: tuple[Condition, ...] = (
    compare("country", Operator.EQUALS, "2024-01-01"),
    compare("closed_on", Operator.AT_MOST, date(2024, 1, 1)),
    compare("amount", Operator.IN, Decimal("1.50"), 2),
    compare("flag", Operator.NOT_EQUALS, True),
    compare("flag", Operator.EQUALS, 1),
    compare("note", Operator.IS_NULL),
    compare("note", Operator.IS_NOT_NULL),
    All(parts=(compare("a", Operator.NOT_IN, "x"), Not(part=Any(parts=(compare("b", Operator.LESS_THAN, 3),))))),
    Any(parts=(compare("Ä", Operator.MORE_THAN, "' OR 1"), All(parts=(compare("c", Operator.AT_LEAST, 3),)))),
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_a_condition_survives_being_written_down(condition: Condition) -> None:
    again = condition_of(condition_text(condition))
    assert again == condition
    assert repr(again) == repr(condition), "1 and true are equal in Python, and not in a database"


def test_the_text_is_in_the_words_of_the_rules() -> None:
    assert condition_document(CONDITIONS[7]) == {
        "all": [{"column": "a", "not_in": ["x"]}, {"not": {"any": [{"column": "b", "less_than": 3}]}}]
    }
    assert condition_document(CONDITIONS[1]) == {"column": "closed_on", "at_most": "2024-01-01"}


@pytest.mark.parametrize("text", ['{"column": "a", "sounds_like": "b"}', '{"column": "a", "equals": {"x": 1}}', "{}"])
def test_a_text_that_is_no_condition_is_not_taken_for_one(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        condition_of(text)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (SubjectScope(subjects=(SubjectKey(kind="customer", key="4"),)), "1 subject"),
        (TableScope(dataset="crm", table="accounts"), "every row of crm.accounts"),
        (DatasetScope(dataset="crm"), "everything in crm"),
        (
            ConditionScope(dataset="crm", table="accounts", condition=CONDITIONS[8]),
            "rows of crm.accounts where (Ä is more than ' OR 1 or c is at least 3)",
        ),
    ],
    ids=("subjects", "table", "dataset", "condition"),
)
def test_a_scope_in_words(scope: Scope, words: str) -> None:
    assert in_words(scope, constants=True) == words


def test_without_constants_nothing_of_a_person_is_said() -> None:
    secret = compare("email", Operator.IN, "lena@northgate.example", "otto@northgate.example")
    scope = ConditionScope(dataset="crm", table="accounts", condition=Not(part=secret))
    assert in_words(scope, constants=False) == "rows of crm.accounts where not (email is one of ...)"
