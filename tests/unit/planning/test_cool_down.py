"""Which earlier texts must agree, for how long, and what they permit. Days are counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from retention.model.dataset import DeclaredReference
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import Action, ColumnUse, Disposition, Keep, Member, Replace, Rule, ValueKind
from retention.model.rule_text import Awaited, InForce, RuleText
from retention.model.schema import Column, Schema, Table
from retention.model.verdict import Decision, Reason, Verdict
from retention.planning.cool_down import Heard, after, awaited, cool_downs, cooled, decisive, misfit

MONTH = (Period(days=30),)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def day(number: int, hour: int = 12) -> datetime:
    """Of November 2026."""
    return datetime(2026, 11, number, hour, tzinfo=UTC)


def in_force(*texts: tuple[str, datetime]) -> tuple[InForce, ...]:
    return tuple(InForce(digest=digest, since=since) for digest, since in texts)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

# -- which texts must agree --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "period", "later"),
    [
        (NOON, "P30D", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), "P1M", datetime(2026, 2, 28, 9, 30, tzinfo=UTC)),
        (NOON, "PT0S", NOON),
    ],
)
def test_a_cool_down_ends_at_the_same_time_of_day(instant: datetime, period: str, later: datetime) -> None:
    assert after(instant, Period.parse(period)) == later


def test_an_edit_waits_for_thirty_days_to_the_second() -> None:
    history = in_force(("old", LONG_AGO), ("new", NOON))
    until = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert awaited(history, MONTH, until.replace(hour=11, minute=59, second=59)) == (
        Awaited(digest="old", until=until),
    )
    assert awaited(history, MONTH, until) == ()


def test_before_a_new_rule_there_was_none() -> None:
    assert awaited(in_force(("new", NOON)), MONTH, day(30)) == (
        Awaited(digest="", until=datetime(2026, 12, 1, 12, tzinfo=UTC)),
    )


def test_two_edits_wait_for_both_texts_each_from_when_it_was_replaced() -> None:
    history = in_force(("a", LONG_AGO), ("b", day(1)), ("c", day(11)))
    first, second = datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(2026, 12, 11, 12, tzinfo=UTC)
    assert awaited(history, MONTH, day(30)) == (Awaited(digest="a", until=first), Awaited(digest="b", until=second))
    assert awaited(history, MONTH, first) == (Awaited(digest="b", until=second),)


def test_a_text_that_came_back_agrees_with_itself() -> None:
    history = in_force(("a", LONG_AGO), ("b", day(1)), ("a", day(2)))
    assert [one.digest for one in awaited(history, MONTH, day(3))] == ["b"]


def test_a_text_that_was_replaced_twice_counts_from_the_later_time() -> None:
    history = in_force(("a", LONG_AGO), ("b", day(1)), ("a", day(2)), ("c", day(5)))
    until = {one.digest: one.until for one in awaited(history, MONTH, day(6))}
    assert until["a"] == datetime(2026, 12, 5, 12, tzinfo=UTC)


def test_a_rule_that_was_taken_out_and_comes_back_is_new() -> None:
    history = in_force(("a", LONG_AGO), ("", day(1)), ("a", day(9)))
    assert awaited(history, MONTH, day(10)) == (Awaited(digest="", until=datetime(2026, 12, 9, 12, tzinfo=UTC)),)


def test_without_a_cool_down_nothing_waits() -> None:
    assert awaited(in_force(("a", LONG_AGO), ("b", NOON)), (Period(),), NOON) == ()


def test_a_shorter_cool_down_waits_for_the_longer_one() -> None:
    month, none = Period(days=30), Period()
    settings = [(month, LONG_AGO), (none, day(1))]
    assert cool_downs(settings, day(30)) == (month, none)
    assert cool_downs(settings, datetime(2026, 12, 1, 12, tzinfo=UTC)) == (none,)
    assert cool_downs([(none, LONG_AGO), (month, day(1))], day(1)) == (month,)


# -- what they permit --------------------------------------------------------------------------------------------------

DUE = Decision(verdict=Verdict.DUE, reason=Reason.PERIODS_ENDED)
FOLLOWS = Decision(verdict=Verdict.DUE, reason=Reason.FOLLOW_UP)
KEPT = Decision(verdict=Verdict.RETAINED, reason=Reason.NONE)
UNTIL = day(20)
DELETE = Disposition(action=Action.DELETE)
REPLACED = ColumnUse(column="name", kind=ValueKind.NAME, treatment=Replace(strategy="name"))
STAYS = ColumnUse(column="city", kind=ValueKind.CITY, treatment=Keep(why="statistics"))
LINES = Member(
    table="lines", parent="t", join=Join(columns=("t_id",), table="t", far_columns=("id",)), columns=(),
    primary_key=("id",),
)  # fmt: skip
Make = Callable[..., Rule]


def pseudonymize(*columns: ColumnUse) -> dict[str, object]:
    return {"disposition": Disposition(action=Action.PSEUDONYMIZE), "columns": columns}


def waits(rule: Rule, decision: Decision, *older: tuple[Rule, Decision]) -> bool:
    heard = [Heard(until=UNTIL, rule=text, decision=said) for text, said in older]
    found = cooled(rule, decision, heard)
    assert found.reason is not Reason.COOLING_DOWN or (found.verdict, found.until) == (Verdict.RETAINED, UNTIL)
    return found != decision


def test_what_every_text_disposes_of_goes(make_rule: Make) -> None:
    assert not waits(make_rule(), DUE)
    assert not waits(make_rule(), DUE, (make_rule(), DUE), (make_rule(), DUE))


def test_one_text_that_keeps_the_row_makes_it_wait(make_rule: Make) -> None:
    assert waits(make_rule(), DUE, (make_rule(), DUE), (make_rule(), KEPT))


def test_what_the_present_text_keeps_is_kept_for_its_reason(make_rule: Make) -> None:
    assert not waits(make_rule(), KEPT, (make_rule(), DUE))


def test_a_text_that_was_not_there_or_cannot_be_applied_permits_nothing(make_rule: Make) -> None:
    assert cooled(make_rule(), DUE, [Heard(until=UNTIL)]).reason is Reason.COOLING_DOWN


def test_the_last_text_that_objects_says_how_long(make_rule: Make) -> None:
    heard = [
        Heard(until=day(5), rule=make_rule(), decision=KEPT),
        Heard(until=day(9), rule=make_rule(), decision=DUE),
        Heard(until=day(7), rule=make_rule(), decision=KEPT),
    ]
    assert cooled(make_rule(), DUE, heard).until == day(7)


def test_counsels_ceiling_waits_for_nothing(make_rule: Make) -> None:
    marked = replace(DUE, reason=Reason.CEILING_REACHED, by_counsel=True)
    assert not waits(make_rule(), marked, (make_rule(), KEPT))
    assert waits(make_rule(), replace(marked, by_counsel=False), (make_rule(), KEPT))


def test_deletion_where_a_text_only_replaced_waits(make_rule: Make) -> None:
    replaces = make_rule(**pseudonymize(REPLACED))
    assert waits(make_rule(), DUE, (replaces, DUE))
    assert not waits(make_rule(), DUE, (replaces, FOLLOWS)), "it would have been deleted now as well"
    assert waits(replaces, FOLLOWS, (replaces, DUE)), "deletion after pseudonymization is deletion"


def test_replacing_where_a_text_deleted_goes(make_rule: Make) -> None:
    assert not waits(make_rule(**pseudonymize(REPLACED)), DUE, (make_rule(disposition=DELETE), DUE))


def test_replacing_more_or_otherwise_waits_and_less_does_not(make_rule: Make) -> None:
    less, more = make_rule(**pseudonymize(STAYS)), make_rule(**pseudonymize(STAYS, REPLACED))
    assert waits(more, DUE, (less, DUE))
    assert not waits(less, DUE, (more, DUE))
    null = replace(REPLACED, treatment=Replace(strategy="null"))
    assert waits(make_rule(**pseudonymize(null)), DUE, (make_rule(**pseudonymize(REPLACED)), DUE))


def test_rows_that_newly_go_along_wait(make_rule: Make) -> None:
    alone, along = make_rule(), make_rule(members=(LINES,))
    assert waits(along, DUE, (alone, DUE))
    assert not waits(alone, DUE, (along, DUE))
    elsewhere = replace(LINES, join=Join(columns=("other_id",), table="t", far_columns=("id",)))
    assert waits(make_rule(members=(elsewhere,)), DUE, (along, DUE))


def test_another_table_was_under_no_text(make_rule: Make) -> None:
    assert waits(make_rule(), DUE, (make_rule(table="s"), DUE))
    assert waits(make_rule(), DUE, (make_rule(primary_key=("number",)), DUE))


# -- texts that differ in nothing, or fit no more ----------------------------------------------------------------------


def test_words_decide_nothing(make_rule: Make) -> None:
    said = make_rule(title="Accounts", owner="privacy@northgate.example", digest="d", **pseudonymize(STAYS))
    silent = make_rule(**pseudonymize(replace(STAYS, treatment=Keep(why="counted"))))
    assert decisive(said) == decisive(silent)
    assert decisive(make_rule()) != decisive(make_rule(zone="Europe/Berlin"))


def test_a_text_fits_as_long_as_its_columns_are_there_and_alike(make_rule: Make) -> None:
    text = RuleText(
        rule=make_rule(columns=(STAYS,)), lead=Period(days=7), types={"t.id": "INTEGER"}, digest="",
        references=(DeclaredReference(table="visits", columns=("t_id",), refers_to="t", referred_columns=("id",)),),
    )  # fmt: skip
    columns = {"id": "INTEGER", "city": "TEXT"}

    def found(**changed: str | None) -> str:
        live = tuple(
            Column(name=name, type=kind, nullable=True)
            for name, kind in (columns | changed).items()
            if kind is not None
        )
        return misfit(text, Schema(dialect="sqlite", tables={"t": Table(name="t", columns=live, primary_key=("id",))}))

    assert found() == "", "a table that referred to it is gone: nothing refers to it any more"
    assert found(city="VARCHAR(80)", note="TEXT") == ""
    assert "t.city is gone" in found(city=None)
    assert "t.id was INTEGER and is TEXT" in found(id="TEXT")
    assert "its table t is gone" in misfit(text, Schema(dialect="sqlite"))
