"""What a person writes to say which data a claims assessment needs -> elements, checked against the snapshots."""

from __future__ import annotations

from collections.abc import Iterable

from retention.model.errors import RetentionError, refuse
from retention.model.hold import Elements
from retention.model.rule import RuleSet
from retention.policy.naming import choose_from

_WHERE = "--elements"


def elements_of(texts: Iterable[str], rules: RuleSet) -> tuple[Elements, ...]:
    """Each text is ``dataset.table:column,column``. Raises RetentionError R572 for what is not in the snapshots."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for text in texts:
        dataset, table, columns = _parts(text, rules)
        known = rules.schemas[dataset].tables[table]
        for column in columns:
            if known.column(column) is None:
                names = [one.name for one in known.columns]
                remedy = choose_from(column, names, what=f"columns of {dataset}.{table}")
                raise _unknown(f"the column {column!r} is not in the snapshot of {dataset}.{table}", remedy)
        found.setdefault((dataset, table), {}).update(dict.fromkeys(columns))
    return tuple(
        Elements(dataset=dataset, table=table, columns=tuple(columns)) for (dataset, table), columns in found.items()
    )


def _parts(text: str, rules: RuleSet) -> tuple[str, str, list[str]]:
    place, _, names = text.partition(":")
    dataset, _, table = place.strip().partition(".")
    columns = [name.strip() for name in names.split(",") if name.strip()]
    if not table or not columns:
        raise _unknown(
            f"{text!r} names no columns of a table",
            "write DATASET.TABLE:COLUMN,COLUMN, for example crm.accounts:full_name,email",
        )
    if dataset not in rules.datasets:
        raise _unknown(f"there is no dataset {dataset!r}", choose_from(dataset, rules.datasets, what="datasets"))
    tables = rules.schemas[dataset].tables
    if table not in tables:
        remedy = choose_from(table, tables, what=f"tables of {dataset}")
        raise _unknown(f"the table {table!r} is not in the snapshot of {dataset}", remedy)
    return dataset, table, columns


def _unknown(what: str, remedy: str) -> RetentionError:
    return refuse("R572", what, where=_WHERE, remedy=remedy)
