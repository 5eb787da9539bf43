"""datasets.yaml -> datasets of the model, and snapshots with the references that a dataset declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from retention.model.dataset import Dataset, DeclaredReference, IdentityLink
from retention.model.rule import Missing
from retention.model.schema import ForeignKey, Schema
from retention.policy.documents.datasets import DatasetDocument, DatasetsDocument
from retention.policy.finding import Finding
from retention.policy.joins import given_join
from retention.policy.reading import Reading
from retention.policy.yaml_text import Parsed


def convert_datasets(document: DatasetsDocument) -> dict[str, Dataset]:
    """By id, in the order of the file."""
    return {name: _dataset(name, entry) for name, entry in document.datasets.items()}


def _dataset(name: str, entry: DatasetDocument) -> Dataset:
    return Dataset(
        id=name,
        title=entry.title,
        environment=entry.url_from_environment,
        connection=entry.airflow_connection,
        schema=entry.schema_,
        zone=entry.zone,
        schedule=entry.schedule,
        owner=entry.owner,
        references=tuple(
            DeclaredReference(
                table=reference.table,
                columns=tuple(reference.columns),
                refers_to=reference.refers_to,
                referred_columns=tuple(reference.columns.values()),
            )
            for reference in entry.references
        ),
        ignored_tables=dict(entry.ignored_tables),
        identity_links=tuple(
            IdentityLink(
                table=link.table,
                subjects=dict(link.subjects),
                null_is_nobody=link.when_missing is Missing.NOBODY,
            )
            for link in entry.identity_links
        ),
    )


def without_address(datasets: Mapping[str, Dataset], text: Parsed) -> Iterator[Finding]:
    """Datasets that neither the command line nor Airflow could reach."""
    for name, dataset in datasets.items():
        if dataset.environment is None and dataset.connection is None:
            yield Finding(
                code="R129",
                at=text.at("datasets", name),
                what=f"the dataset {name} does not say where its database is",
                remedy=f"add `url_from_environment: RETENTION_{name.upper()}_URL`, `airflow_connection: ..`, or both",
            )


def with_references(dataset: Dataset, schema: Schema, text: Parsed) -> tuple[Schema, list[Finding]]:
    """The schema with the declared references merged in (``declared=False``), and what is wrong with them."""
    reading = Reading(text=text, dataset=dataset, schema=schema)
    tables = dict(schema.tables)
    for position, reference in enumerate(dataset.references):
        path = ("datasets", dataset.id, "references", position)
        near = reading.table(reference.table, (*path, "table"))
        far = reading.table(reference.refers_to, (*path, "refers_to"))
        if near is None or far is None:
            continue
        pairs = dict(zip(reference.columns, reference.referred_columns, strict=True))
        join = given_join(pairs, near, far, reading, (*path, "columns"))
        if join is None:
            continue
        known = {(key.columns, key.table, key.referred_columns) for key in tables[near.name].foreign_keys}
        if (join.columns, far.name, join.far_columns) not in known:
            key = ForeignKey(columns=join.columns, table=far.name, referred_columns=join.far_columns, declared=False)
            merged = tables[near.name]
            tables[near.name] = replace(merged, foreign_keys=(*merged.foreign_keys, key))
    for name in dataset.ignored_tables or {}:
        reading.table(name, ("datasets", dataset.id, "ignored_tables", name))
    return replace(schema, tables=tables), reading.findings
