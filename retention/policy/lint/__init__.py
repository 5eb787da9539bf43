"""What a reader of a rule and of the snapshot can prove wrong before anything runs. One idea a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from retention.model.dataset import Dataset
from retention.model.schema import Schema
from retention.policy.finding import Finding
from retention.policy.rule_file import ReadRule
from retention.policy.yaml_text import Parsed


def check_all(
    rules: Sequence[ReadRule],
    schemas: Mapping[str, Schema],
    datasets: Mapping[str, Dataset],
    text: Parsed,
    *,
    complete: bool,
) -> Iterator[Finding]:
    """``text`` is datasets.yaml. ``complete`` False: a rule file could not be read; what no rule claims is unknown."""
    yield from ()
