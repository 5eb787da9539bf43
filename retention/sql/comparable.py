"""The form in which two values are compared without knowing what they are: originals with what is left of them.

An e-mail address in lower case, a telephone number as its digits, anything else as it is stored, without blanks around
it. The form follows from the text alone, so both sides of a comparison arrive at the same one. A number that is
written once with its country and once without is not recognised.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func

from retention.model.rule import ValueKind
from retention.sql.dialects.base import Dialect

SEPARATORS = (" ", "-", "(", ")", ".", "/", "+", "\u00a0")  # of a telephone number
FEWEST_DIGITS = 7  # of what may be a telephone number
SHORTEST_TOKEN = 8  # characters: shorter ones are words that anybody may use
_DIGITS = "0123456789"
_FIRST = (*_DIGITS, "+", "(")  # characters with which a telephone number begins


def comparable(text: ColumnElement[str], dialect: Dialect) -> ColumnElement[str]:
    """NULL stays NULL. Several zeros in front of a number are one way to dial: they are left out."""
    bare: ColumnElement[str] = func.trim(text)
    digits = _digits(bare)
    number = case((_is_number(digits, dialect), dialect.left_trimmed(digits, "0")), else_=bare)
    return case(
        (bare.contains("@"), func.lower(bare)),
        (func.substr(bare, 1, 1).in_(_FIRST), number),
        else_=bare,
    )


def _digits(text: ColumnElement[str]) -> ColumnElement[str]:
    for separator in SEPARATORS:
        text = func.replace(text, separator, "")
    return text


def _is_number(digits: ColumnElement[str], dialect: Dialect) -> ColumnElement[bool]:
    return and_(dialect.length(digits) >= FEWEST_DIGITS, dialect.left_trimmed(digits, _DIGITS) == "")


def tells(kind: ValueKind, form: ColumnElement[Any], dialect: Dialect) -> ColumnElement[bool]:
    """Whether a value in its comparable form points at one person by itself: never NULL where the form is not."""
    match kind:
        case ValueKind.EMAIL:
            return form.contains("@")
        case ValueKind.PHONE:
            return _is_number(form, dialect)
        case ValueKind.TOKEN:
            return dialect.length(form) >= SHORTEST_TOKEN
    return false()
