"""What becomes of a column where the row is pseudonymized: the first strategy of its kind that the column can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from retention.model.rule import ValueKind
from retention.model.schema import Column, Schema, Table
from retention.policy.column_types import Family, family, longest_text
from retention.policy.proposals.kinds import Guess
from retention.policy.strategy_facts import Strategy, registry
from retention.policy.undecided import TO_DECIDE

_Params = Mapping[str, object]
_FOR_KIND: Mapping[ValueKind, tuple[str, ...]] = {
    ValueKind.NAME: ("name", "given_name"),
    ValueKind.GIVEN_NAME: ("given_name",),
    ValueKind.FAMILY_NAME: ("family_name",),
    ValueKind.EMAIL: ("email",),
    ValueKind.PHONE: ("phone",),
    ValueKind.STREET: ("street",),
    ValueKind.CITY: ("city",),
    ValueKind.POSTCODE: ("postcode",),
    ValueKind.REGION: ("region",),
    ValueKind.BIRTH_DATE: ("year",),
    ValueKind.DATE: ("year",),
    ValueKind.IP: ("ip",),
    ValueKind.ORGANIZATION: ("organization",),
    ValueKind.FREE_TEXT: ("suppress",),
}
_CONSTANTS: Mapping[Family, object] = {
    Family.TEXT: "-",
    Family.INTEGER: 0,
    Family.NUMBER: 0,
    Family.TRUTH: False,
}
TOKEN_LENGTHS = (32, 20)
_UNTREATED = (ValueKind.KEY, ValueKind.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One of both; both None: nothing is to be said. ``strategy``: name and parameters."""

    strategy: Mapping[str, object] | None = None
    keep: str | None = None
    doubt: str = ""


def treatment(column: Column, guess: Guess, table: Table, schema: Schema, *, one_row_per_subject: bool) -> Treatment:
    """Of a column of what is pseudonymized. Raises nothing: where nothing fits, the strategy is to be decided."""
    if guess.kind in _UNTREATED:
        return Treatment()
    if column.generated:
        return Treatment(keep="computed by the database")
    if any(column.name in key.referred_columns for _, key in schema.referring_to(table.name)):
        return Treatment(keep="other tables refer to it", doubt="it is personal, and cannot be replaced")
    if guess.kind is ValueKind.COUNTRY:
        return Treatment(keep="a country alone names nobody", doubt="right here?")
    unique = any(column.name in key for key in table.unique)
    for strategy, params in _candidates(guess.kind, column):
        if _fits(strategy, params, column, unique=unique):
            by_row = unique and strategy.unique and not one_row_per_subject
            return Treatment(strategy={"name": strategy.name, **params, **({"consistent": "row"} if by_row else {})})
    return Treatment(strategy={"name": TO_DECIDE}, doubt="no strategy fits its type, length and keys")


def _candidates(kind: ValueKind, column: Column) -> Iterator[tuple[Strategy, _Params]]:
    known = registry()
    if known is None:
        return
    for name in _FOR_KIND.get(kind, ()):
        yield known.get(name), {}
    if kind in (ValueKind.EMAIL, ValueKind.TOKEN):
        for length in TOKEN_LENGTHS:
            yield known.get("token"), {} if length == TOKEN_LENGTHS[0] else {"length": length}
    if column.nullable:
        yield known.get("null"), {}
    yield known.get("suppress"), {}
    constant = _CONSTANTS.get(family(column.type))
    if constant is not None:
        yield known.get("constant"), {"value": constant}
    for length in TOKEN_LENGTHS:
        yield known.get("token"), {"length": length}


def _fits(strategy: Strategy, params: _Params, column: Column, *, unique: bool) -> bool:
    """As lint has it (retention.policy.lint.strategies): type, length, NOT NULL, unique; stricter for unknown types."""
    holds, limit = family(column.type), longest_text(column.type)
    if strategy.wrong(params) is not None or (strategy.needs_null and not column.nullable):
        return False
    if holds is Family.OTHER and not strategy.needs_null:
        return False  # JSON, a list of the database's own: who knows what may stand there
    if holds is not Family.OTHER and holds not in strategy.output_kinds(params):
        return False
    longest = strategy.max_length(params)
    if limit is not None and longest is not None and longest > limit:
        return False
    return not unique or strategy.unique or strategy.needs_null
