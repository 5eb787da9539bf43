"""Conditions of the file -> conditions of the model, each constant fitting its column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any as Anything
from typing import cast

from retention.model.condition import All, Any, Compare, Condition, Not, Operator, Scalar
from retention.model.join import Join
from retention.model.schema import Column, Table
from retention.policy.column_types import Family, family
from retention.policy.documents.base import shown
from retention.policy.documents.condition import ConditionDocument
from retention.policy.reading import Reading

_FITS: dict[Family, tuple[type, ...]] = {
    Family.DATE: (date,),
    Family.INTEGER: (int,),
    Family.NUMBER: (int, Decimal),
    Family.TEXT: (str,),
    Family.TRUTH: (bool,),
    Family.UUID: (str,),
    Family.OTHER: (str,),
}
_NAMES = {
    Family.DATE: "a date such as 2024-12-31",
    Family.INTEGER: "a whole number, without quotes",
    Family.NUMBER: "a number, without quotes",
    Family.TRUTH: "true or false",
}
_FIELDS = {operator: f"{operator}_" if operator is Operator.IN else str(operator) for operator in Operator}
_ORDERED = (Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST)


def condition(
    document: ConditionDocument, table: Table, reading: Reading, path: tuple[str | int, ...]
) -> Condition | None:
    """None, and findings, where a column or a constant does not fit."""
    if document.all_ is not None:
        parts = _parts(document.all_, table, reading, (*path, "all"))
        return None if parts is None else All(parts=parts)
    if document.any_ is not None:
        parts = _parts(document.any_, table, reading, (*path, "any"))
        return None if parts is None else Any(parts=parts)
    if document.not_ is not None:
        part = condition(document.not_, table, reading, (*path, "not"))
        return None if part is None else Not(part=part)
    return _compare(document, table, reading, path)


def _parts(
    documents: list[ConditionDocument], table: Table, reading: Reading, path: tuple[str | int, ...]
) -> tuple[Condition, ...] | None:
    parts = [condition(part, table, reading, (*path, position)) for position, part in enumerate(documents)]
    return None if None in parts else tuple(part for part in parts if part is not None)


def _compared(
    document: ConditionDocument, table: Table, reading: Reading, path: tuple[str | int, ...]
) -> tuple[Table, Column, tuple[Join, ...]] | None:
    """The table and column, and the path by which another row is looked up."""
    if document.lookup is None:
        column = reading.column(table, document.column or "", (*path, "column"))
        return None if column is None else (table, column, ())
    found = reading.lookup(document.lookup, (*path, "lookup"))
    return None if found is None else (found.table, found.column, found.path)


def texts_of(
    table: Table, reading: Reading, path: tuple[str | int, ...], *, column: str | None, lookup: str | None
) -> Compare | None:
    """A comparison, without operator and constants yet, of a column or a lookup that holds texts. None, and a finding,
    where it does not."""
    compared = _compared(ConditionDocument.model_construct(column=column, lookup=lookup), table, reading, path)
    if compared is None:
        return None
    table, found, via = compared
    if family(found.type) is not Family.TEXT:
        what = f"{table.name}.{found.name} ({found.type}) holds no text to compare with"
        reading.find("R214", path, what, "name a column of texts")
        return None
    return Compare(column=found.name, operator=Operator.IS_NULL, via=via)


def _compare(
    document: ConditionDocument, table: Table, reading: Reading, path: tuple[str | int, ...]
) -> Compare | None:
    compared = _compared(document, table, reading, path)
    if compared is None:
        return None
    table, column, via = compared
    if document.is_ is not None:
        operator = Operator.IS_NULL if document.is_ == "null" else Operator.IS_NOT_NULL
        return Compare(column=column.name, operator=operator, via=via)
    operator, given = next(
        (operator, value) for operator, name in _FIELDS.items() if (value := getattr(document, name, None)) is not None
    )
    constants = given if isinstance(given, list) else [given]
    kind = family(column.type)
    if operator in _ORDERED and kind in (Family.TRUTH, Family.UUID):
        reading.find(
            "R214",
            (*path, str(operator)),
            f"{column.type} has no order to compare by",
            "use equals, not_equals, in or not_in",
        )
        return None
    values = tuple(_fitting(value, kind) for value in constants)
    if None in values:
        bad = constants[values.index(None)]
        _does_not_fit(f"{table.name}.{column.name} ({column.type})", bad, kind, reading, (*path, str(operator)))
        return None
    fitted = tuple(value for value in values if value is not None)
    return Compare(column=column.name, operator=operator, values=fitted, via=via)


def _fitting(value: Anything, kind: Family) -> Scalar | None:
    if kind is Family.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    allowed = _FITS.get(kind, ())
    if isinstance(value, bool) and bool not in allowed:
        return None
    fits: bool = isinstance(value, allowed)
    return cast(Scalar, value) if fits else None


def _does_not_fit(column: str, value: Anything, kind: Family, reading: Reading, path: tuple[str | int, ...]) -> None:
    if kind not in _FITS:
        remedy = "test it by `is: null` or `is: not_null`; periods are for comparing times"
    else:
        remedy = f"write {_NAMES.get(kind, 'a text, in quotes where it looks like a number, a date or a truth value')}"
    reading.find("R214", path, f"{column} cannot be compared with {shown(value)}", remedy)
