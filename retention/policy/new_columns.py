"""Columns that a rule knows and an earlier text of it did not: somebody should look at how they are classified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from retention.model.errors import Problem
from retention.model.rule import ColumnUse, Replace, Rule
from retention.policy.finding import problem_at
from retention.policy.yaml_text import KeyPath, read_yaml


def new_columns(rule: Rule, earlier: Rule, rules_dir: Path, since: str) -> Iterator[Problem]:
    """A remark for each, at its line. ``since``: what the earlier text was, for the message."""
    before = {(table, use.column) for table, _, use in _uses(earlier)}
    tables = {table for table, _ in before}
    new = [
        (table, path, use) for table, path, use in _uses(rule) if table in tables and (table, use.column) not in before
    ]
    if not new:
        return
    text = read_yaml(rules_dir / rule.source.file, rule.source.file)
    for table, path, use in new:
        what = (
            f"the column {table}.{use.column} is new since {since}; it is classified as {use.kind}, and {_becomes(use)}"
        )
        remedy = "nothing, where that is right: it is written, kept or deleted by this from the next plan on"
        yield problem_at(text.at(*path, use.column), "R264", what, remedy)


def _uses(rule: Rule) -> Iterator[tuple[str, KeyPath, ColumnUse]]:
    """Every column with its table and the mapping that classifies it."""
    for use in rule.columns:
        yield rule.table, ("columns",), use
    for position, member in enumerate(rule.members):
        for use in member.columns:
            yield member.table, ("goes_with", position, "columns"), use


def _becomes(use: ColumnUse) -> str:
    if use.treatment is None:
        return "goes with its row"
    return (
        f"replaced by {use.treatment.strategy}" if isinstance(use.treatment, Replace) else f"kept: {use.treatment.why}"
    )
