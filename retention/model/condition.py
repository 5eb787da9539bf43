"""The closed grammar of conditions on a row, with the three-valued logic of SQL."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from retention.model.join import Join, Lookup

Scalar: TypeAlias = str | int | bool | Decimal | date
Condition: TypeAlias = "Compare | All | Any | Not"

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Operator(StrEnum):
    """What a column is compared by. NULL makes every one but IS_NULL and IS_NOT_NULL unknown."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    IN = "in"
    NOT_IN = "not_in"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """One column against constants. ``values``: one constant, several for IN and NOT_IN, none for the NULL tests."""

    column: str
    operator: Operator
    values: tuple[Scalar, ...] = ()
    via: tuple[Join, ...] = ()  # the column is that of the one row at the end of this path; empty: of the row itself

    @property
    def lookup(self) -> Lookup | None:
        """None: it compares a column of the row itself."""
        return Lookup(path=self.via, column=self.column) if self.via else None


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold; unknown stays unknown."""

    part: Condition


def comparisons_of(condition: Condition) -> Iterator[Compare]:
    """In the order in which they stand."""
    match condition:
        case Compare():
            yield condition
        case All(parts=parts) | Any(parts=parts):
            for part in parts:
                yield from comparisons_of(part)
        case Not(part=part):
            yield from comparisons_of(part)


def columns_of(condition: Condition) -> Iterator[str]:
    """The columns of the row itself that a condition reads, repeated where they repeat."""
    return (one.column for one in comparisons_of(condition) if not one.via)


def lookups_of(condition: Condition) -> Iterator[Lookup]:
    """What a condition reads of other rows, repeated where it repeats."""
    return (lookup for one in comparisons_of(condition) if (lookup := one.lookup))


def holds(
    condition: Condition, row: Mapping[str, object], looked_up: Mapping[Lookup, object] = MappingProxyType({})
) -> bool | None:
    """Evaluate on one row, as SQL would: True, False, or None for unknown.

    ``looked_up``: the values of other rows. Raises KeyError for a column or a lookup that is not given.
    """
    match condition:
        case Compare(lookup=lookup):
            return _compare(condition, row[condition.column] if lookup is None else looked_up[lookup])
        case All(parts=parts):
            return _conjunction([holds(part, row, looked_up) for part in parts])
        case Any(parts=parts):
            negated = [None if (value := holds(part, row, looked_up)) is None else not value for part in parts]
            together = _conjunction(negated)
            return None if together is None else not together
        case Not(part=part):
            value = holds(part, row, looked_up)
            return None if value is None else not value


def _conjunction(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _compare(compare: Compare, stored: object) -> bool | None:
    match compare.operator:
        case Operator.IS_NULL:
            return stored is None
        case Operator.IS_NOT_NULL:
            return stored is not None
    first = compare.values[0]
    value = _in_terms_of(first, stored)
    if value is None:
        return None
    match compare.operator:
        case Operator.EQUALS:
            return value == first
        case Operator.NOT_EQUALS:
            return value != first
        case Operator.IN:
            return value in compare.values
        case Operator.NOT_IN:
            return value not in compare.values
        case Operator.LESS_THAN:
            return value < first  # type: ignore[operator]
        case Operator.AT_MOST:
            return value <= first  # type: ignore[operator]
        case Operator.MORE_THAN:
            return value > first  # type: ignore[operator]
        case _:
            return value >= first  # type: ignore[operator]


def _in_terms_of(constant: Scalar, stored: object) -> Scalar | None:
    """The stored value as something to compare with the constant; None, and so unknown, where it is nothing of that
    kind. Some drivers give dates as text, decimal numbers as floating ones, truth values as 0 and 1."""
    match constant, stored:
        case bool(), int():
            return stored
        case (int() | Decimal(), int() | Decimal()) if not isinstance(constant, bool):
            return stored
        case (int() | Decimal(), float()) if not isinstance(constant, bool):
            return Decimal(repr(stored))
        case date(), str():
            return _day(stored)
        case date(), date() if not isinstance(stored, datetime):
            return stored
        case str(), str():
            return stored
        case str(), uuid.UUID():
            return str(stored)
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
