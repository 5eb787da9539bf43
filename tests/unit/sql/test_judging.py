"""What an original means where it is found, and how often chance alone writes it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anonymizers.registry import get
from retention.model.rule import ColumnUse, Keep, Replace, ValueKind
from retention.model.verdict import Verdict
from retention.sql.checks.judging import LASTING, Found, Meaning, by_chance, meaning
from retention.sql.checks.originals_table import BEFORE, NOW
from retention.sql.codes import code

REPLACED = ColumnUse(column="name", kind=ValueKind.NAME, treatment=Replace(strategy="name"))
KEPT = ColumnUse(column="name", kind=ValueKind.NAME, treatment=Keep(why="the tax office asks for it"))
OWN = Found(
    same_person=True,
    somebody=True,
    unknown=False,
    whole=True,
    code=code(Verdict.PSEUDONYMIZED),
    excused=False,
    mark=NOW,
    made_up=False,
    use=REPLACED,
    executed=True,
)
ANOTHERS = replace(OWN, same_person=False, code=code(Verdict.RETAINED), mark="")


def test_what_should_have_been_replaced_is_left() -> None:
    assert meaning(OWN) is Meaning.LEFT


def test_a_made_up_value_that_equals_the_original_is_chance() -> None:
    assert meaning(replace(OWN, made_up=True)) is Meaning.CHANCE


def test_a_pseudonym_of_an_earlier_run_is_no_original() -> None:
    assert meaning(replace(OWN, mark=BEFORE)) is Meaning.OTHERS


@pytest.mark.parametrize("verdict", LASTING)
def test_a_verdict_that_keeps_the_row_permits_it(verdict: Verdict) -> None:
    assert meaning(replace(OWN, code=code(verdict), mark="")) is Meaning.PERMITTED


def test_a_due_row_permits_it_only_with_a_reason() -> None:
    due = replace(OWN, code=code(Verdict.DUE), mark="")
    assert meaning(due) is Meaning.LEFT
    assert meaning(replace(due, excused=True)) is Meaning.PERMITTED
    assert meaning(replace(due, executed=False)) is Meaning.PERMITTED


def test_a_column_that_the_rule_keeps_with_a_word_why_may_hold_it() -> None:
    kept = replace(OWN, use=KEPT)
    assert meaning(kept) is Meaning.PERMITTED
    plain = ColumnUse(column="status", kind=ValueKind.NONE, treatment=Keep(why="counted"))
    assert meaning(replace(kept, use=plain)) is Meaning.LEFT, "a column that is said to hold nothing personal"


def test_somebody_elses_column_of_such_values_holds_their_own() -> None:
    assert meaning(ANOTHERS) is Meaning.OTHERS


def test_somebody_elses_text_must_not_name_the_person() -> None:
    note = ColumnUse(column="note", kind=ValueKind.FREE_TEXT)
    assert meaning(replace(ANOTHERS, use=note, whole=False)) is Meaning.LEFT
    assert meaning(replace(ANOTHERS, use=note)) is Meaning.LEFT


def test_a_table_without_a_rule_permits_nothing() -> None:
    nobodys = replace(ANOTHERS, somebody=False, code="", use=None)
    assert meaning(nobodys) is Meaning.LEFT


def test_a_row_of_somebody_unknown_is_judged_by_its_verdict() -> None:
    unknown = replace(ANOTHERS, somebody=False, unknown=True, code=code(Verdict.UNDETERMINED))
    assert meaning(unknown) is Meaning.PERMITTED
    assert meaning(replace(unknown, code=code(Verdict.DUE))) is Meaning.LEFT


@pytest.mark.parametrize(
    ("strategy", "rows", "pool", "fewest", "most"),
    [
        ("email", 1_000_000, 4096, 0, 0),  # unique: never
        ("token", 1_000_000, 4096, 0, 0),
        ("given_name", 0, 4096, 0, 0),
        ("given_name", 4_096, 4096, 5, 12),  # one is expected
        ("given_name", 400_000, 4096, 130, 160),  # about a hundred are
        ("given_name", 40_000_000, 4096, 10_000, 10_300),
        ("name", 1_000, 4096, 1, 1),  # one in sixteen million pairs
        ("phone", 10, 4096, 1, 3),  # one in 1,600 numbers
    ],
)
def test_chance_is_granted_what_it_may_do_once_in_a_million_runs(
    strategy: str, rows: int, pool: int, fewest: int, most: int
) -> None:
    assert fewest <= by_chance(get(strategy).transform({}), rows, pool) <= most
