"""What a strategy writes, against the values that an enum type permits and the CHECKs of the table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import product

from retention.policy.check_nodes import Node, columns_in
from retention.policy.check_text import NotUnderstood, read_check
from retention.policy.check_values import UNSURE, Unsure, Value, folded, holds
from retention.policy.column_types import enum_values
from retention.policy.documents.base import shown
from retention.policy.finding import Finding
from retention.policy.lint.strategies import Replaced, replaced_columns
from retention.policy.lint.tables import GroupTable
from retention.policy.yaml_words import quoted

_MOST = 8  # values that a message lists


def check(table: GroupTable) -> Iterator[Finding]:
    written = {one.column.name: one for one in replaced_columns(table) if one.usable}
    for one in written.values():
        yield from _of_an_enum(one)
    for demand in table.table.checks:
        yield from _of_a_check(table, demand, written)


def _of_an_enum(use: Replaced) -> Iterator[Finding]:
    permitted = use.column.values or enum_values(use.column.type)
    if not permitted or use.strategy.needs_null:
        return
    examples = use.strategy.examples(use.treatment.params)
    if any(_is_among(value, permitted, use) for value in examples):
        return
    what = f"{_writes(use)}, which permits only {_listed(permitted)} ({use.column.type})"
    remedy = f"write one of those, as {{name: constant, value: {quoted(permitted[0])}}}, or keep the column"
    remedy += ', or write "null"' if use.column.nullable else ""
    yield use.found("R255", what, remedy)


def _is_among(value: object, permitted: Collection[str], use: Replaced) -> bool:
    if use.table.read.reading.schema.dialect == "postgresql":
        return value in permitted
    return isinstance(value, str) and folded(value) in map(folded, permitted)


def _of_a_check(table: GroupTable, demand: str, written: Mapping[str, Replaced]) -> Iterator[Finding]:
    schema, names = table.read.reading.schema, tuple(column.name for column in table.table.columns)
    node: Node | None = None
    try:
        node = read_check(demand, names, schema.dialect)
        read = columns_in(node) & written.keys()
    except NotUnderstood:
        words = {word.lower() for word in re.findall(r"\w+", demand)}
        read = frozenset(name for name in written if name.lower() in words)
    if not read:
        return
    uses = [written[name] for name in names if name in read]
    outcomes: set[bool | Unsure | None] = {UNSURE} if node is None else _outcomes(node, uses, table)
    said = f"CHECK {demand if demand.startswith('(') else f'({demand})'} of {table.table.name}"
    together = " and ".join(map(_writes, uses))
    if outcomes == {False}:
        what = f"{together}, and {said} forbids that"
        remedy = "write what it lets pass, such as another constant; keep the column; or have the CHECK changed"
        yield uses[0].found("R256", what, remedy)
    elif outcomes & {False, UNSURE}:
        what = f"{together}, and it is not proven that {said} lets that pass"
        remedy = "compare them, and try the rule on a copy: where it is forbidden, the database refuses the batch"
        yield uses[0].found("R257", what, remedy, remark=True)


def _outcomes(node: Node, uses: list[Replaced], table: GroupTable) -> set[bool | Unsure | None]:
    """For every row that the examples make."""
    schema = table.read.reading.schema
    exact = schema.dialect == "postgresql" and not any(column.type == "CITEXT" for column in table.table.columns)
    bytes_counted = schema.dialect == "mariadb"
    return {holds(node, row, exact=exact, bytes_counted=bytes_counted) for row in _rows(uses)}


def _rows(uses: list[Replaced]) -> Iterator[dict[str, Value]]:
    """The first example of each, then the next. NULL stays NULL, so that of several columns some may be."""
    examples = [[_value(one) for one in use.strategy.examples(use.treatment.params)] or [UNSURE] for use in uses]
    for turn in range(max(map(len, examples))):
        written = [values[turn % len(values)] for values in examples]
        for kept in product(*[(False, True) if use.column.nullable else (False,) for use in uses]):
            if not any(kept) or any(not null and value is not None for null, value in zip(kept, written, strict=True)):
                values = (None if null else value for null, value in zip(kept, written, strict=True))
                yield {use.column.name: value for use, value in zip(uses, values, strict=True)}


def _value(example: object) -> Value:
    return example if example is None or isinstance(example, str | int | Decimal | date) else UNSURE


def _writes(use: Replaced) -> str:
    examples = list(use.strategy.examples(use.treatment.params))
    if use.strategy.needs_null:
        some = "NULL"
    elif len(examples) == 1:
        some = shown(examples[0])
    else:
        some = f"values such as {shown(examples[0])}" if examples else "values of its own"
    return f"{use.strategy.name} writes {some} into {use.name}"


def _listed(values: Collection[str]) -> str:
    some = ", ".join(map(repr, list(values)[:_MOST]))
    return some if len(values) <= _MOST else f"{some} and {len(values) - _MOST} more"
