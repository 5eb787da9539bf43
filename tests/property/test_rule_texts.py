"""What is recorded of a rule is the rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.model.dataset import Source
from retention.model.rule import Rule, RuleSet
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.policy.digest import rule_digest
from retention.policy.rule_text import digest_of_text, read_text, recorded
from tests.property.rules_of_any_kind import leads, rules
from tests.property.worlds_of_rows import COLUMNS

ROOT = Table(
    name="t", primary_key=("id",), columns=tuple(Column(name=name, type="TEXT", nullable=True) for name in COLUMNS)
)
LOOSE = ForeignKey(columns=("t_id",), table="t", referred_columns=("id",), declared=False)
SCHEMA = Schema(
    dialect="sqlite",
    tables={
        "t": ROOT,
        "loose": Table(name="loose", columns=(), primary_key=("id",), foreign_keys=(LOOSE,)),
        "firm": Table(name="firm", columns=(), primary_key=("id",), foreign_keys=(replace(LOOSE, declared=True),)),
    },
)


def rule_set(rule: Rule) -> RuleSet:
    return RuleSet(datasets={}, schemas={"d": SCHEMA}, rules=(rule,), digest="")


@settings(max_examples=150, deadline=None)
@given(rule=rules(COLUMNS), lead=leads, counsel=st.sampled_from(["", "opinion 7"]))
def test_a_text_reads_back_as_the_rule_that_it_was(rule: Rule, lead: object, counsel: str) -> None:
    clauses = tuple(replace(clause, counsel=counsel) for clause in rule.clauses)
    rule = replace(rule, clauses=clauses)
    rule = replace(rule, digest=rule_digest(rule))
    text, digest = recorded(rule, rule_set(rule), lead)  # type: ignore[arg-type]
    found = read_text(text)
    assert found.rule == replace(rule, limits=None, source=Source(file="", line=1))
    assert (found.lead, found.digest, digest) == (lead, digest, digest_of_text(text))
    assert [(one.table, one.refers_to) for one in found.references] == [("loose", "t")], "the database has the other"
    assert found.types["t.id"] == "TEXT"


@given(rule=rules(COLUMNS), lead=leads)
@settings(max_examples=10, deadline=None)
def test_what_a_later_release_recorded_is_not_read_in_part(rule: Rule, lead: object) -> None:
    text, _ = recorded(rule, rule_set(rule), lead)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a later release recorded tolling"):
        read_text(text.replace('"zone":', '"tolling":true,"zone":'))
