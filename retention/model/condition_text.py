"""A condition as text and back: JSON in the words of the rules' language, days and decimal numbers told apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any as Anything

from retention.model.condition import All, Any, Compare, Condition, Not, Operator, Scalar

_NULL_TESTS = {Operator.IS_NULL: "null", Operator.IS_NOT_NULL: "not_null"}
_SEVERAL = (Operator.IN, Operator.NOT_IN)


def condition_text(condition: Condition) -> str:
    return json.dumps(condition_document(condition, _tagged), sort_keys=True, ensure_ascii=False)


def condition_of(text: str) -> Condition:
    """The condition that ``condition_text`` was given. Raises ValueError or KeyError for any other text."""
    return _condition(json.loads(text))


def shown(value: Scalar) -> Anything:
    """As it stands in a rule file: days in ISO 8601, decimal numbers as text."""
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def condition_document(condition: Condition, constant: Callable[[Scalar], Anything] = shown) -> dict[str, Anything]:
    """``{column: country, equals: DE}``, ``{all: [...]}``, ``{any: [...]}`` or ``{not: ...}``."""
    match condition:
        case All(parts=parts):
            return {"all": [condition_document(part, constant) for part in parts]}
        case Any(parts=parts):
            return {"any": [condition_document(part, constant) for part in parts]}
        case Not(part=part):
            return {"not": condition_document(part, constant)}
    return _compared(condition, constant)


def _compared(compare: Compare, constant: Callable[[Scalar], Anything]) -> dict[str, Anything]:
    if compare.operator in _NULL_TESTS:
        return {"column": compare.column, "is": _NULL_TESTS[compare.operator]}
    values = [constant(value) for value in compare.values]
    return {"column": compare.column, compare.operator.value: values if compare.operator in _SEVERAL else values[0]}


def _tagged(value: Scalar) -> Anything:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _condition(document: Mapping[str, Anything]) -> Condition:
    match document:
        case {"all": parts}:
            return All(parts=tuple(_condition(part) for part in parts))
        case {"any": parts}:
            return Any(parts=tuple(_condition(part) for part in parts))
        case {"not": part}:
            return Not(part=_condition(part))
    return _compare(document)


def _compare(document: Mapping[str, Anything]) -> Compare:
    column = document["column"]
    if "is" in document:
        test = next(operator for operator, word in _NULL_TESTS.items() if word == document["is"])
        return Compare(column=column, operator=test)
    ((name, given),) = ((name, given) for name, given in document.items() if name != "column")
    operator = Operator(name)
    values = given if operator in _SEVERAL else [given]
    return Compare(column=column, operator=operator, values=tuple(_scalar(value) for value in values))


def _scalar(value: Anything) -> Scalar:
    match value:
        case {"decimal": text}:
            return Decimal(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case bool() | int() | str():
            return value
    raise ValueError("this is no constant of a condition")
