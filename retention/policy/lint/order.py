"""The rules of a dataset can run one after the other: their groups do not refer to each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retention.model.errors import RetentionError
from retention.model.schema import Schema
from retention.planning.order import run_order
from retention.policy.finding import Finding
from retention.policy.lint.tables import at
from retention.policy.rule_file import ReadRule


def check(rules: Sequence[ReadRule], schema: Schema) -> Iterator[Finding]:
    try:
        run_order([read.rule for read in rules], schema)
    except RetentionError as error:
        by_id = {f"rule {read.rule.id}": read for read in rules}
        for problem in error.problems:
            yield at(by_id[problem.where], problem.code, ("table",), problem.what, problem.remedy)
