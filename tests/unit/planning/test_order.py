from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from retention.model.errors import RetentionError
from retention.model.join import Join
from retention.model.rule import Member, Rule
from retention.model.schema import ForeignKey, Schema, Table
from retention.planning.order import run_order, sequence


def schema(**refers_to: tuple[str, ...]) -> Schema:
    def key(table: str) -> ForeignKey:
        return ForeignKey(columns=(f"{table}_id",), table=table, referred_columns=("id",))

    return Schema(
        dialect="sqlite",
        tables={
            name: Table(name=name, columns=(), primary_key=("id",), foreign_keys=tuple(map(key, tables)))
            for name, tables in refers_to.items()
        },
    )


@pytest.fixture
def rule(make_rule: Callable[..., Rule]) -> Callable[..., Rule]:
    def make(table: str, *members: str, name: str = "") -> Rule:
        join = Join(columns=(f"{table}_id",), table=table, far_columns=("id",))
        with_it = tuple(Member(table=m, parent=table, join=join, columns=(), primary_key=("id",)) for m in members)
        return make_rule(id=name or table, table=table, members=with_it)

    return make


def test_tables_that_refer_run_first_and_names_break_ties(rule: Callable[..., Rule]) -> None:
    tables = schema(account=(), ticket=("account",), invoice=("account",), line=("invoice", "ticket"), alone=())
    after = run_order([rule("account"), rule("ticket"), rule("invoice", "line"), rule("alone")], tables)
    assert after == {"account": ("invoice", "ticket"), "alone": (), "invoice": (), "ticket": ("invoice",)}
    assert sequence(after) == ("alone", "invoice", "ticket", "account")


def test_a_table_may_refer_to_itself_and_two_rules_may_share_one(rule: Callable[..., Rule]) -> None:
    tables = schema(person=("person",), note=("person",))
    after = run_order([rule("person", "note", name="b"), rule("person", name="a")], tables)
    assert after == {"a": (), "b": ()}


def test_columns_with_periods_of_their_own_come_after_their_rows(rule: Callable[..., Rule]) -> None:
    tables = schema(person=(), note=("person",))
    whole = rule("person", name="b")
    after = run_order([replace(whole, id="a", element_of="b"), whole, rule("note")], tables)
    assert after == {"a": ("b", "note"), "b": ("note",), "note": ()}


def test_a_circle_is_refused_by_name(rule: Callable[..., Rule]) -> None:
    tables = schema(a=("b",), b=("c",), c=("a",), d=("a",))
    with pytest.raises(RetentionError, match=r"R281 .*a -> c -> b -> a") as refused:
        run_order([rule("a"), rule("b"), rule("c"), rule("d")], tables)
    assert "d" not in refused.value.problems[0].what.split(": ")[1]
