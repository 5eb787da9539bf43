"""A row for which several conditions hold at once, found by trying what they compare with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from math import prod

from retention.model.condition import Compare, Condition, Scalar, comparisons_of, holds
from retention.model.join import Lookup

_MOST = 20_000  # rows to try; beyond, nothing is proven
_ANOTHER = "another value"  # than each constant
Place = str | Lookup  # a column of the row, or of a row to which it leads


def witness(*conditions: Condition | None) -> Mapping[Place, Scalar | None] | None:
    """Values that each of the conditions lets pass, which is certain to hold for them; None: none was found."""
    given = [condition for condition in conditions if condition is not None]
    candidates: dict[Place, dict[Scalar | None, None]] = {}
    for condition in given:
        for compare in comparisons_of(condition):
            candidates.setdefault(_place(compare), {}).update(dict.fromkeys(_values(compare)))
    if prod(map(len, candidates.values())) > _MOST:
        return None
    for values in product(*candidates.values()):
        row = dict(zip(candidates, values, strict=True))
        columns = {place: value for place, value in row.items() if isinstance(place, str)}
        looked_up = {place: value for place, value in row.items() if isinstance(place, Lookup)}
        if all(holds(condition, columns, looked_up) for condition in given):
            return row
    return None


def places(condition: Condition) -> frozenset[Place]:
    """What it compares."""
    return frozenset(map(_place, comparisons_of(condition)))


def in_words(row: Mapping[Place, Scalar | None]) -> str:
    return ", ".join(
        f"{place if isinstance(place, str) else f'{place.path[-1].table}.{place.column}'} {_shown(value)}"
        for place, value in row.items()
    )


def _shown(value: Scalar | None) -> str:
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(compare: Compare) -> Place:
    return compare.lookup or compare.column


def _values(compare: Compare) -> Iterator[Scalar | None]:
    """The constants, and what lies beside them."""
    for value in compare.values:
        yield value
        match value:
            case bool():
                yield not value
            case int() | Decimal():
                yield value - 1
                yield value + 1
            case date():
                yield value - timedelta(days=1)
                yield value + timedelta(days=1)
    yield _ANOTHER
    yield None
