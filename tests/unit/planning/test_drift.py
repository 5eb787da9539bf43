"""What of a changed schema stops which rule, and what is only said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from retention.model.clause import Clause, Role
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import (
    Action,
    ColumnUse,
    Disposition,
    Keep,
    Member,
    Relationship,
    Replace,
    Rule,
    SubjectPath,
    ValueKind,
)
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.model.starting_point import ColumnEvent, StartingPoint, Stored, TimeColumn
from retention.planning.drift import Difference, Severity, differences

TYPES = {"id": "INTEGER", "name": "TEXT", "seen": "DATE", "person": "INTEGER", "ended": "DATE", "t_id": "INTEGER"}


def table(name: str, *columns: str, key: tuple[str, ...] = ("id",), **more: object) -> Table:
    made = tuple(Column(name=column, type=TYPES.get(column, "TEXT"), nullable=column not in key) for column in columns)
    return replace(Table(name=name, columns=made, primary_key=key), **more)  # type: ignore[arg-type]


LINES_TO_T = ForeignKey(columns=("t_id",), table="t", referred_columns=("id",))
SNAPSHOT = {
    "t": table("t", "id", "name", "seen", "person"),
    "lines": table("lines", "id", "t_id", "text", foreign_keys=(LINES_TO_T,), indexes=(("t_id",),)),
    "people": table("people", "id", "name"),
    "periods": table("periods", "id", "person", "ended"),
    "unrelated": table("unrelated", "id", "name"),
}


def uses(*columns: str, replaced: str = "") -> tuple[ColumnUse, ...]:
    return tuple(
        ColumnUse(
            column=column,
            kind=ValueKind.NONE,
            treatment=Replace(strategy="null") if column == replaced else Keep(why="kept"),
        )
        for column in columns
    )


@pytest.fixture
def rules(make_rule: Callable[..., Rule]) -> tuple[Rule, Rule]:
    """``d.t`` pseudonymizes t with its lines; ``d.people`` deletes people."""
    start = StartingPoint(event=ColumnEvent(at=TimeColumn(column="seen", stored=Stored.DATE)))
    join = Join(columns=("t_id",), table="t", far_columns=("id",))
    lines = Member(table="lines", parent="t", join=join, columns=uses("id", "t_id", "text"), primary_key=("id",))
    one = make_rule(
        members=(lines,),
        clauses=(Clause(id="p", role=Role.PURPOSE, start=start, period=Period(years=1), basis=""),),
        disposition=Disposition(action=Action.PSEUDONYMIZE),
        columns=uses("id", "name", "seen", "person", replaced="name"),
        relationship=Relationship(
            join=Join(columns=("person",), table="periods", far_columns=("person",)),
            end=TimeColumn(column="ended", stored=Stored.DATE),
        ),
        subject=SubjectPath(
            kind="person", key="id", path=(Join(columns=("person",), table="people", far_columns=("id",)),)
        ),
    )
    return one, make_rule(id="d.people", table="people", columns=uses("id", "name"))


def compare(rules: tuple[Rule, ...], **changed: Table | None) -> tuple[Difference, ...]:
    """Against the snapshot with some tables changed, added or (None) gone."""
    live = {name: value for name, value in {**SNAPSHOT, **changed}.items() if value is not None}
    snapshot = Schema(dialect="sqlite", tables=SNAPSHOT)
    return differences(snapshot, Schema(dialect="sqlite", tables=live), rules)


def only(found: tuple[Difference, ...]) -> tuple[Severity, tuple[str, ...], str]:
    assert len(found) == 1, found
    return found[0].severity, found[0].rule_ids, found[0].what


def test_nothing_changed(rules: tuple[Rule, Rule]) -> None:
    assert compare(rules) == ()


def test_a_table_that_a_rule_reads_is_gone(rules: tuple[Rule, Rule]) -> None:
    severity, whom, what = only(compare(rules, periods=None))
    assert (severity, whom) == (Severity.REFUSE, ("d.t",))
    assert "periods" in what
    severity, whom, _ = only(compare(rules, people=None))
    assert (severity, whom) == (Severity.REFUSE, ("d.people", "d.t")), "its subjects are found there"


@pytest.mark.parametrize(
    ("name", "column", "whom"),
    [
        ("t", "seen", ("d.t",)),  # a starting point
        ("t", "person", ("d.t",)),  # a join
        ("lines", "t_id", ("d.t",)),  # a member's join
        ("periods", "ended", ("d.t",)),  # the relationship's end
        ("people", "id", ("d.people", "d.t")),  # a subject's key
        ("unrelated", "name", ()),
    ],
)
def test_a_column_is_gone_or_of_another_type(
    rules: tuple[Rule, Rule], name: str, column: str, whom: tuple[str, ...]
) -> None:
    before = SNAPSHOT[name]
    gone = replace(before, columns=tuple(c for c in before.columns if c.name != column))
    other = replace(before, columns=tuple(replace(c, type="BLOB") if c.name == column else c for c in before.columns))
    for changed in (gone, other):
        found = compare(rules, **{name: changed})
        severity, concerned, what = only(found)
        assert concerned == whom
        assert severity is (Severity.REFUSE if whom else Severity.REMARK)
        assert f"{name}.{column}" in what
        assert [rule.id for rule in rules if found[0].stops(rule.id)] == sorted(whom, key=[r.id for r in rules].index)


def test_another_primary_key(rules: tuple[Rule, Rule]) -> None:
    changed = replace(SNAPSHOT["lines"], primary_key=("id", "t_id"))
    severity, whom, what = only(compare(rules, lines=changed))
    assert (severity, whom) == (Severity.REFUSE, ("d.t",))
    assert "was id and is id, t_id" in what


def test_a_new_trigger_on_a_table_whose_rows_are_written(rules: tuple[Rule, Rule]) -> None:
    severity, whom, what = only(compare(rules, lines=replace(SNAPSHOT["lines"], triggers=("keep_copies",))))
    assert (severity, whom) == (Severity.REFUSE, ("d.t",))
    assert "keep_copies" in what
    assert only(compare(rules, periods=replace(SNAPSHOT["periods"], triggers=("watch",))))[0] is Severity.REMARK


def test_a_new_child_blocks_its_parent(rules: tuple[Rule, Rule]) -> None:
    onto_people = ForeignKey(columns=("person",), table="people", referred_columns=("id",))
    found = compare(rules, orders=table("orders", "id", "person", foreign_keys=(onto_people,)))
    assert [(one.severity, one.rule_ids) for one in found] == [
        (Severity.BLOCK_PARENT, ("d.people",)),
        (Severity.REMARK, ()),
    ]
    assert found[0].stops("d.people")
    assert not found[0].stops("d.t")


def test_a_reference_that_begins_to_cascade_blocks_its_parent(rules: tuple[Rule, Rule]) -> None:
    cascading = replace(SNAPSHOT["lines"], foreign_keys=(replace(LINES_TO_T, on_delete="CASCADE"),))
    severity, whom, what = only(compare(rules, lines=cascading))
    assert (severity, whom) == (Severity.BLOCK_PARENT, ("d.t",))
    assert "ON DELETE CASCADE" in what


def test_a_new_column_is_unclassified(rules: tuple[Rule, Rule]) -> None:
    added = replace(SNAPSHOT["t"], columns=(*SNAPSHOT["t"].columns, Column(name="fax", type="TEXT", nullable=True)))
    found = compare(rules, t=added)
    assert only(found)[:2] == (Severity.UNCLASSIFIED, ("d.t",))
    assert not found[0].stops("d.t"), "only what is not deleted is undetermined"


@pytest.mark.parametrize("change", [{"nullable": False}, {"generated": True}])
def test_a_column_that_can_no_longer_be_written_as_planned(rules: tuple[Rule, Rule], change: dict[str, bool]) -> None:
    def changed(name: str) -> Table:
        columns = SNAPSHOT["t"].columns
        return replace(
            SNAPSHOT["t"],
            columns=tuple(replace(c, **change) if c.name == name else c for c in columns),  # type: ignore[arg-type]
        )

    assert only(compare(rules, t=changed("name")))[:2] == (Severity.REFUSE, ("d.t",))
    assert only(compare(rules, t=changed("seen")))[0] is Severity.REMARK, "it is only read"


def test_a_new_unique_key_over_what_is_replaced(rules: tuple[Rule, Rule]) -> None:
    assert only(compare(rules, t=replace(SNAPSHOT["t"], unique=(("name",),))))[0] is Severity.REFUSE
    assert only(compare(rules, people=replace(SNAPSHOT["people"], unique=(("name",),))))[0] is Severity.REMARK


def test_indexes(rules: tuple[Rule, Rule]) -> None:
    found = compare(rules, lines=replace(SNAPSHOT["lines"], indexes=()))
    assert [(one.severity, one.rule_ids) for one in found] == [
        (Severity.REFUSE, ("d.t",)),  # deleting would read the whole table for each row
        (Severity.REMARK, ()),
    ]
    assert only(compare(rules, t=replace(SNAPSHOT["t"], indexes=(("seen",),))))[0] is Severity.REMARK


def test_other_checks_and_values_are_only_said(rules: tuple[Rule, Rule]) -> None:
    """A snapshot that an older release wrote knows of none, and must not stop a rule."""
    people = SNAPSHOT["people"]
    (found,) = compare(rules, people=replace(people, checks=("name <> ''",)))
    assert (found.severity, found.what) == (Severity.REMARK, "CHECK (name <> '') of people is new")
    columns = tuple(replace(one, values=("a", "b")) if one.name == "name" else one for one in people.columns)
    (found,) = compare(rules, people=replace(people, columns=columns))
    assert (found.severity, found.what) == (Severity.REMARK, "people.name permits other values now: a, b")


def test_another_database_stops_every_rule(rules: tuple[Rule, Rule]) -> None:
    snapshot = Schema(dialect="sqlite", tables=SNAPSHOT)
    found = differences(snapshot, Schema(dialect="postgresql", tables={}), rules)
    severity, whom, what = only(found)
    assert (severity, whom) == (Severity.REFUSE, ("d.people", "d.t"))
    assert "sqlite" in what
    assert "postgresql" in what


def test_references_that_the_dataset_file_declares_are_not_missed(rules: tuple[Rule, Rule]) -> None:
    declared = replace(LINES_TO_T, columns=("id",), table="unrelated", declared=False)
    snapshot = {**SNAPSHOT, "people": replace(SNAPSHOT["people"], foreign_keys=(declared,))}
    live = Schema(dialect="sqlite", tables=SNAPSHOT)
    assert differences(Schema(dialect="sqlite", tables=snapshot), live, rules) == ()


def test_the_gravest_comes_first_and_says_what_to_do(rules: tuple[Rule, Rule]) -> None:
    found = compare(rules, periods=None, unrelated=None, extra=table("extra", "id"))
    assert [one.severity for one in found] == [Severity.REFUSE, Severity.REMARK, Severity.REMARK]
    problem = found[0].problem(rules[0])
    assert (problem.code, problem.where) == ("R440", "rule d.t, periods")
    assert "retention snapshot d" in problem.remedy
