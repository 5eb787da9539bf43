"""What a reader of a rule and of the snapshot can prove wrong before anything runs. One idea a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from retention.model.dataset import Dataset
from retention.model.fact import Fact
from retention.model.schema import Schema
from retention.policy.finding import Finding
from retention.policy.lint import (
    classification,
    clusters,
    conflicts,
    coverage,
    facts,
    facts_from_elsewhere,
    groups,
    identity,
    identity_links,
    indexes,
    keys,
    order,
    permitted,
    references,
    reliance,
    statutes,
    strategies,
    treatments,
)
from retention.policy.lint.tables import element_tables, group_tables
from retention.policy.rule_file import ReadRule
from retention.policy.yaml_text import Parsed

_OF_A_TABLE = (
    keys.check,
    classification.check,
    treatments.check,
    strategies.check,
    permitted.check,
    groups.check_self_reference,
    indexes.check,
)
_OF_AN_ELEMENT = (keys.check, treatments.check, strategies.check, permitted.check)
_OF_A_RULE = (
    identity.check,
    groups.check_deletion_order,
    keys.check_subject,
    indexes.check_relationship,
    indexes.check_needs,
    indexes.check_events,
    indexes.check_companions,
    conflicts.check,
    statutes.check,
    treatments.check_replaced,
)
_OF_A_DATASET = (groups.check_one_group, reliance.check_overwrites, reliance.check_deletes, facts.check)


def check_all(
    rules: Sequence[ReadRule],
    schemas: Mapping[str, Schema],
    datasets: Mapping[str, Dataset],
    facts_told: Mapping[str, Fact],
    text: Parsed,
    *,
    complete: bool,
) -> Iterator[Finding]:
    """``text`` is datasets.yaml. ``complete`` False: a rule file could not be read; what no rule claims is unknown."""
    yield from identity.check_unique(rules)
    yield from clusters.check(rules)
    for read in rules:
        for of_rule in _OF_A_RULE:
            yield from of_rule(read)
        for table in group_tables(read):
            for of_table in _OF_A_TABLE:
                yield from of_table(table)
        for element in element_tables(read):
            for of_element in _OF_AN_ELEMENT:
                yield from of_element(element)
    if complete:
        yield from identity_links.check_kinds(rules, datasets, text)
        yield from groups.check_companions(rules)
        yield from facts_from_elsewhere.check_used(rules, facts_told, text)
    yield from facts_from_elsewhere.check(rules, facts_told, schemas, text)
    for name, schema in schemas.items():
        yield from identity_links.check(datasets[name], schema, text)
        own = [read for read in rules if read.rule.dataset == name]
        for of_dataset in _OF_A_DATASET:
            yield from of_dataset(own)
        yield from order.check(own, schema)
        yield from references.check(own, schema, complete=complete)
        if complete:
            yield from coverage.check(datasets[name], schema, own, text)
