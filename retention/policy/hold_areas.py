"""What a person writes to say which table, dataset or rows a hold covers -> areas of the model, checked against the
snapshots as a rule file is."""

from __future__ import annotations

from retention.model.errors import RetentionError, refuse
from retention.model.hold import ConditionScope, DatasetScope, TableScope
from retention.model.rule import RuleSet
from retention.policy.conditions import condition
from retention.policy.documents.base import Document
from retention.policy.documents.condition import ConditionDocument
from retention.policy.finding import Refused
from retention.policy.naming import choose_from
from retention.policy.reading import Reading
from retention.policy.validate import validate
from retention.policy.yaml_text import Parsed, parse_yaml

WHERE = "--where"
_SHAPE = "write DATASET.TABLE: CONDITION, for example 'crm.accounts: {column: country, equals: DE}'"


class _WhereDocument(Document):
    where: ConditionDocument


def dataset_area(name: str, rules: RuleSet) -> DatasetScope:
    """Raises RetentionError R384 for an unknown dataset."""
    if name not in rules.datasets:
        raise _unknown(f"there is no dataset {name!r}", choose_from(name, rules.datasets, what="datasets"), "--dataset")
    return DatasetScope(dataset=name)


def table_area(name: str, rules: RuleSet, where: str = "--table") -> TableScope:
    """``name`` is dataset.table. Raises RetentionError R384 for what is not in the snapshots."""
    dataset, dot, table = name.partition(".")
    if not dot or not table:
        raise _unknown(f"{name!r} names no table of a dataset", "write DATASET.TABLE, for example crm.accounts", where)
    if dataset not in rules.datasets:
        raise _unknown(f"there is no dataset {dataset!r}", choose_from(dataset, rules.datasets, what="datasets"), where)
    tables = rules.schemas[dataset].tables
    if table not in tables:
        remedy = choose_from(table, tables, what=f"tables of {dataset}")
        raise _unknown(f"the table {table!r} is not in the snapshot of {dataset}", remedy, where)
    return TableScope(dataset=dataset, table=table)


def condition_area(text: str, rules: RuleSet) -> ConditionScope:
    """``text`` is YAML, ``dataset.table: condition`` in the language of rule files. Raises RetentionError with the
    messages of rule files, or R384; R385 for a table without a primary key, whose rows could not be remembered."""
    try:
        parsed = parse_yaml(text, WHERE)
        if len(parsed.data) != 1:
            raise _unknown(f"{len(parsed.data)} tables are named", _SHAPE, WHERE)
        name, content = next(iter(parsed.data.items()))
        area = table_area(name, rules, WHERE)
        read = Parsed(file=WHERE, data={"where": content}, lines=parsed.lines)
        document = validate(_WhereDocument, read)
    except Refused as refused:
        raise RetentionError(*(finding.problem for finding in refused.findings)) from None
    schema = rules.schemas[area.dataset]
    table = schema.tables[area.table]
    if not table.primary_key:
        raise refuse(
            "R385",
            f"{name} has no primary key: which of its rows matched could not be remembered",
            where=WHERE,
            remedy=f"hold the whole table: --table {name}",
        )
    reading = Reading(text=read, dataset=rules.datasets[area.dataset], schema=schema)
    found = condition(document.where, table, reading, ("where",))
    if found is None or reading.findings:
        raise RetentionError(*(finding.problem for finding in reading.findings))
    return ConditionScope(dataset=area.dataset, table=area.table, condition=found)


def _unknown(what: str, remedy: str, where: str) -> RetentionError:
    return refuse("R384", what, where=where, remedy=remedy)
