"""Whether SQLite's loosely typed values are the times that a column is said to store: planning.stored_time as SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, false, func, or_, type_coerce

from retention.model.starting_point import Stored
from retention.sql.dialects.base import EPOCH_RANGES

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_TIME = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
_FIRST_DAY = "0001-01-01"  # "0001" would be compared as the number 1 where the column has the affinity of numbers
_RECKONED = "+0 days"  # without it a date is given back as it is spelled, 02-30 too
_SECONDS = 19  # length of 2025-12-31 23:30:00


def readable(column: ColumnElement[Any], stored: Stored) -> ColumnElement[bool]:
    """FALSE or NULL for NULL. SQLite's date functions move 02-30 into March, so that only what is a date equals what
    they give."""
    text = type_coerce(column, String())
    is_text = func.typeof(text) == "text"
    match stored:
        case Stored.DATE | Stored.ISO_DATE:
            return and_(is_text, text >= _FIRST_DAY, _like(text, _DAY), func.date(text, _RECKONED) == text)
        case Stored.DATETIME:
            return and_(is_text, text >= _FIRST_DAY, *_seconds(text, " "), _fraction(text, ""))
        case Stored.ISO_LOCAL:
            spelled = or_(and_(*_seconds(text, " ")), and_(*_seconds(text, "T")))
            return and_(is_text, text >= _FIRST_DAY, spelled, _fraction(text, ""))
        case Stored.ISO_UTC:
            zulu = func.replace(text, "+00:00", "Z", type_=String)
            return and_(is_text, text >= _FIRST_DAY, *_seconds(text, "T"), _fraction(zulu, "Z"))
        case Stored.EPOCH_S | Stored.EPOCH_MS:
            first, last = EPOCH_RANGES[stored]
            return and_(func.typeof(column) == "integer", type_coerce(column, BigInteger()).between(first, last))
    return false()  # SQLite has no type that knows its zone


def _seconds(text: ColumnElement[str], between: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    whole = func.substr(text, 1, _SECONDS, type_=String)
    spelled = func.strftime(f"%Y-%m-%d{between}%H:%M:%S", whole, _RECKONED)
    return _like(whole, f"{_DAY}{between}{_TIME}"), spelled == whole


def _fraction(text: ColumnElement[str], end: str) -> ColumnElement[bool]:
    """Nothing, or a point and one to six digits, before ``end``."""
    rest = func.substr(text, _SECONDS + 1, type_=String)
    return or_(rest == end, *(_like(rest, f".{'[0-9]' * count}{end}") for count in range(1, 7)))


def _like(text: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    return text.op("GLOB", is_comparison=True)(pattern)
