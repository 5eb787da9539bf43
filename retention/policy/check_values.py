"""Whether a CHECK holds for values that a rule would write: yes, no, or nobody can tell without the database."""

from __future__ import annotations

import json
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

from retention.policy.check_nodes import Call, Compared, Joined, Listed, Literal, Named, Negated, Node


class Unsure(Enum):
    """Any value may stand there."""

    UNSURE = "unsure"


UNSURE = Unsure.UNSURE
Value: TypeAlias = str | int | Decimal | bool | date | Unsure | None
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(node: Node, row: Mapping[str, Value], *, exact: bool, bytes_counted: bool) -> bool | Unsure | None:
    """True, False, None (NULL: the CHECK lets it pass) or UNSURE. A column that ``row`` does not give may hold
    anything. ``exact``: different texts are never the same to the database, whatever its collations.
    ``bytes_counted``: LENGTH counts bytes."""
    return _truth(_Judge(row, exact=exact, bytes_counted=bytes_counted).of(node))


class _Judge:
    def __init__(self, row: Mapping[str, Value], *, exact: bool, bytes_counted: bool) -> None:
        self._row, self._exact, self._bytes_counted = row, exact, bytes_counted

    def of(self, node: Node) -> Value:
        match node:
            case Literal(value):
                return value
            case Named(column):
                return self._row.get(column, UNSURE)
            case Negated(part):
                truth = _truth(self.of(part))
                return not truth if isinstance(truth, bool) else truth
            case Joined(every, parts):
                return _joined([_truth(self.of(part)) for part in parts], every)
            case Compared(kind, left, Listed(items)) if kind == "in":
                return _joined([self._equal(self.of(left), self.of(item)) for item in items], every=False)
            case Compared(kind, left, right):
                return self._compared(kind, self.of(left), self.of(right))
            case Call(name, arguments):
                return self._called(name, [self.of(one) for one in arguments])
        return UNSURE

    def _compared(self, kind: str, left: Value, right: Value) -> Value:
        if kind == "is":
            if left is UNSURE:
                return UNSURE
            return left is None if right is None else _truth(left) is right
        if left is None or right is None:
            return None
        if left is UNSURE or right is UNSURE:
            return UNSURE
        match kind:
            case "=":
                return self._equal(left, right)
            case "<>":
                same = self._equal(left, right)
                return not same if isinstance(same, bool) else same
            case "like" | "ilike":
                return self._like(left, right, anyhow=kind == "ilike")
        return _ordered(kind, left, right)

    def _equal(self, left: Value, right: Value) -> Value:
        if left is None or right is None:
            return None
        one, other = _alike(left, right)
        if one is UNSURE or other is UNSURE:
            return UNSURE
        if isinstance(one, str) and isinstance(other, str):
            same = (lambda text: text.rstrip()) if self._exact else folded  # CHAR(n) is filled with blanks
            return True if one == other else UNSURE if same(one) == same(other) else False
        return one == other

    def _like(self, text: Value, like: Value, *, anyhow: bool) -> Value:
        if not isinstance(text, str) or not isinstance(like, str) or "\\" in like:
            return UNSURE
        wanted = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in like)
        loosely = re.fullmatch(wanted, text, re.DOTALL | re.IGNORECASE) is not None
        if anyhow:
            return loosely
        if re.fullmatch(wanted, text, re.DOTALL):
            return True
        return False if self._exact or not loosely else UNSURE

    def _called(self, name: str, values: list[Value]) -> Value:
        if name == "coalesce":
            return next((value for value in values if value is not None), None)
        if len(values) != 1:
            return UNSURE
        (value,) = values
        if value is None and name in (*_OF_TEXT, "length", "octet_length", "json_valid"):
            return None
        if not isinstance(value, str):
            return UNSURE
        if name in ("length", "octet_length") and (self._bytes_counted or name == "octet_length"):
            return len(value) if value.isascii() else UNSURE
        if name == "length":
            return len(value)
        return _OF_TEXT[name](value) if name in _OF_TEXT and value.isascii() else UNSURE


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


_OF_TEXT: Mapping[str, Callable[[str], Value]] = {
    "char_length": len,
    "character_length": len,
    "lower": str.lower,
    "upper": str.upper,
    "trim": lambda text: text.strip(" "),
    "btrim": lambda text: text.strip(" "),
    "ltrim": lambda text: text.lstrip(" "),
    "rtrim": lambda text: text.rstrip(" "),
    "json_valid": _is_json,
}


def _truth(value: Value) -> bool | Unsure | None:
    if value is None or isinstance(value, bool | Unsure):
        return value
    return bool(value) if isinstance(value, int | Decimal) else UNSURE


def _joined(values: list[Any], every: bool) -> bool | Unsure | None:
    """AND and OR of SQL, with a fourth value: what nobody can tell may also be what decides."""
    deciding = not every
    if deciding in [value for value in values if value is not UNSURE and value is not None]:
        return deciding
    if UNSURE in values:
        return UNSURE
    return None if None in values else every


def _ordered(kind: str, left: Value, right: Value) -> Value:
    """Numbers and days; texts are ordered by collations."""
    one, other = _alike(left, right)
    if isinstance(one, str | Unsure) or isinstance(other, str | Unsure):
        return UNSURE
    return _ORDERS[kind](one, other)


def _alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Both of one kind, or UNSURE: databases convert one into the other, each in its own way."""
    numbers = (int, Decimal)
    match left, right:
        case (date(), str()):
            return left, _day(right)
        case (str(), date()):
            return _day(left), right
        case (bool(), bool()) | (str(), str()) | (date(), date()):
            return left, right
    if isinstance(left, numbers) and isinstance(right, numbers):
        return int(left) if isinstance(left, bool) else left, int(right) if isinstance(right, bool) else right
    return UNSURE, UNSURE


def _day(text: str) -> Value:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return UNSURE


def folded(text: str) -> str:
    """The same for all texts that some collation takes for the same."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().rstrip()
