"""Tables that no rule speaks for: a remark, since personal data may be kept there for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retention.model.dataset import Dataset
from retention.model.schema import Schema, Table
from retention.policy.finding import Finding
from retention.policy.rule_file import ReadRule
from retention.policy.yaml_text import Parsed

_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|fax|(first|last|full|given|family|sur|user|login)_?name|^name$|street|address|city|postal"
    r"|post_?code|zip|birth|dob|gender|(^|_)ip(_|$)|ssn|passport|iban|card|cookie|token|(^|_)(customer|user|account)_?id",
    re.IGNORECASE,
)


def check(dataset: Dataset, schema: Schema, rules: Sequence[ReadRule], text: Parsed) -> Iterator[Finding]:
    ruled = {table for read in rules for table in (*read.rule.tables, *(e.table for e in read.document.goes_with))}
    for name, table in sorted(schema.tables.items()):
        if name not in ruled and name not in (dataset.ignored_tables or {}):
            yield Finding(
                code="R250",
                at=text.at("datasets", dataset.id),
                what=f"the table {name} has no rule and goes with none; {_look(table)}",
                remedy=f"`retention rule new {dataset.id}.{name}` proposes a rule; or add it to a goes_with, or say "
                f"under ignored_tables of {dataset.id} why it needs none",
                remark=True,
            )


def _look(table: Table) -> str:
    personal = [column.name for column in table.columns if _PERSONAL.search(column.name)]
    return f"columns that look personal: {', '.join(personal)}" if personal else "no column looks personal by its name"
