"""Tables that say which keys are one person's: their columns can identify, are indexed, and lead somewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from retention.model.dataset import Dataset, IdentityLink
from retention.model.schema import Schema
from retention.policy.finding import Finding
from retention.policy.lint.indexes import index_statement
from retention.policy.lint.keys import can_identify
from retention.policy.naming import choose_from
from retention.policy.reading import Reading
from retention.policy.rule_file import ReadRule
from retention.policy.yaml_text import Parsed


def check(dataset: Dataset, schema: Schema, text: Parsed) -> list[Finding]:
    """The links of one dataset against its snapshot."""
    reading = Reading(text=text, dataset=dataset, schema=schema)
    for position, link in enumerate(dataset.identity_links):
        _columns(link, reading, ("datasets", dataset.id, "identity_links", position))
    return reading.findings


def _columns(link: IdentityLink, reading: Reading, path: tuple[str | int, ...]) -> None:
    table = reading.table(link.table, (*path, "table"))
    if table is None:
        return
    for kind, name in link.subjects.items():
        here = (*path, "subjects", kind)
        column = reading.column(table, name, here)
        if column is None:
            continue
        if not can_identify(column):
            what = f"{table.name}.{name} is {column.type}, which cannot identify a {kind}"
            reading.find("R234", here, what, "name a column of whole numbers, texts or UUIDs")
        elif not table.has_index_on((name,)):
            what = f"no index on {table.name}({name}), by which each batch looks up who is linked to a {kind}"
            reading.find("R236", here, what, index_statement(table.name, (name,), reading.schema, reading.dataset.id))


def check_kinds(rules: Sequence[ReadRule], datasets: Mapping[str, Dataset], text: Parsed) -> Iterator[Finding]:
    """A kind that no rule uses leads to no row; between two links it is a step from one to the other."""
    used = {read.rule.subject.kind for read in rules if read.rule.subject is not None}
    links = [link for dataset in datasets.values() for link in dataset.identity_links]
    linked = Counter(kind for link in links for kind in link.subjects)
    for dataset in datasets.values():
        for position, link in enumerate(dataset.identity_links):
            for kind in link.subjects:
                if kind not in used and linked[kind] == 1:
                    yield Finding(
                        code="R235",
                        at=text.at("datasets", dataset.id, "identity_links", position, "subjects", kind),
                        what=f"no rule and no other link knows a subject of the kind {kind!r}: the link leads nowhere",
                        remedy=choose_from(kind, used, what="kinds that rules use"),
                    )
