"""A rule's id, its folder and its dataset agree; ids are unique; a rule says something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retention.policy.finding import Finding
from retention.policy.lint.tables import at
from retention.policy.rule_file import ReadRule


def check(read: ReadRule) -> Iterator[Finding]:
    document, dataset = read.document, read.rule.dataset
    if document.id.split(".")[0] != dataset:
        what = f"the id {document.id} does not begin with the dataset {dataset}"
        yield at(read, "R114", ("id",), what, f"write `id: {dataset}.{document.id.split('.')[1]}`, or another dataset")
    folder = read.reading.text.file.split("/")[-2]
    if folder != dataset:
        what = f"the rule is of the dataset {dataset}, and its file lies in rules/{folder}/"
        yield at(read, "R115", ("dataset",), what, f"move the file to rules/{dataset}/, or correct the dataset")
    if not (document.floors or document.purposes or document.ceilings):
        what = f"{document.id} has no floor, no purpose and no ceiling: nothing would ever be due"
        yield at(read, "R121", (), what, "add at least one clause with a start, a period and a basis")


def check_unique(rules: Sequence[ReadRule]) -> Iterator[Finding]:
    first: dict[str, ReadRule] = {}
    for read in rules:
        other = first.setdefault(read.rule.id, read)
        if other is not read:
            what = f"the id {read.rule.id} is taken (by {other.reading.text.at('id')})"
            yield at(read, "R114", ("id",), what, "give the rule another id: marks, journal and ledger are kept by it")
