"""Facts from elsewhere: what datasets.yaml declares against the snapshots -> facts of the model."""

from __future__ import annotations

from collections.abc import Mapping

from retention.model.dataset import Dataset
from retention.model.fact import Fact, FactRows, TimeKind
from retention.model.schema import Schema
from retention.policy.documents.facts import FactDocument, FactRowsDocument
from retention.policy.finding import Finding
from retention.policy.naming import choose_from
from retention.policy.reading import Reading
from retention.policy.times import time_column
from retention.policy.yaml_text import KeyPath, Parsed


def convert_facts(
    documents: Mapping[str, FactDocument], datasets: Mapping[str, Dataset], schemas: Mapping[str, Schema], text: Parsed
) -> tuple[dict[str, Fact | None], list[Finding]]:
    """By name, None where something is wrong with it; and what that is."""
    facts: dict[str, Fact | None] = {}
    findings: list[Finding] = []
    for name, document in documents.items():
        rows = None
        if document.rows is not None:
            rows = _rows(document.rows, ("facts", name, "rows"), datasets, schemas, text, findings)
        facts[name] = None if document.rows is not None and rows is None else _fact(name, document, rows)
    return facts, findings


def _fact(name: str, document: FactDocument, rows: FactRows | None) -> Fact:
    time = document.file or TimeKind.DAY
    if rows is not None:
        time = TimeKind.DAY if rows.at.stored.of_days else TimeKind.INSTANT
    return Fact(
        id=name,
        title=document.title,
        kind=document.kind,
        rows=rows,
        time=time,
        fresh_days=document.fresh_for.weeks * 7 + document.fresh_for.days,
        expires=document.expires,
    )


def _rows(
    document: FactRowsDocument,
    path: KeyPath,
    datasets: Mapping[str, Dataset],
    schemas: Mapping[str, Schema],
    text: Parsed,
    findings: list[Finding],
) -> FactRows | None:
    here = text.at(*path, "dataset")
    if document.dataset not in datasets:
        remedy = choose_from(document.dataset, datasets, what="datasets")
        what = f"the dataset {document.dataset!r} is not declared"
        findings.append(Finding(code="R116", at=here, what=what, remedy=remedy))
        return None
    if document.dataset not in schemas:
        remedy = f"run `retention snapshot {document.dataset}`, and commit the file that it writes"
        what = f"there is no snapshot of {document.dataset} that could be read, and a fact stands in its rows"
        findings.append(Finding(code="R117", at=here, what=what, remedy=remedy))
        return None
    reading = Reading(text=text, dataset=datasets[document.dataset], schema=schemas[document.dataset])
    rows = _found(document, path, reading)
    findings.extend(reading.findings)
    return rows


def _found(document: FactRowsDocument, path: KeyPath, reading: Reading) -> FactRows | None:
    table = reading.table(document.table, (*path, "table"))
    if table is None:
        return None
    key = reading.column(table, document.key, (*path, "key"))
    at = time_column(document.at, table, reading, (*path, "at"))
    if key is None or at is None:
        return None
    return FactRows(dataset=document.dataset, table=table.name, key=key.name, at=at, null=document.when_null)
