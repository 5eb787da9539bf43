from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from retention.model.alignment import Alignment, AlignTo
from retention.model.clause import Clause, Role
from retention.model.condition import Compare, Operator
from retention.model.hold import HoldClass
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import Action, Disposition, Relationship, Rule
from retention.model.starting_point import ColumnEvent, RelationshipEnd, StartingPoint, Stored, TimeColumn
from retention.model.verdict import ClauseFinding, Decision, Reason, Verdict
from retention.planning.decide import RowFacts, decide
from retention.planning.standings import WINDOW

AS_OF = datetime(2026, 6, 15, 12, tzinfo=UTC)
OLD, RECENT, FUTURE = "2020-01-01", "2026-06-01", "2027-01-01"


def day(name: str, *open_values: str) -> TimeColumn:
    return TimeColumn(column=name, stored=Stored.DATE, open_values=open_values)


def is_(column: str, value: str) -> Compare:
    return Compare(column=column, operator=Operator.EQUALS, values=(value,))


def clause(role: Role, start: str | None, period: str, **more: Any) -> Clause:
    event = RelationshipEnd() if start is None else ColumnEvent(at=day(start, "9999-12-31"))
    align = Alignment(to=more.pop("align", AlignTo.NONE))
    start_at = StartingPoint(event=event, align=align)
    return Clause(id=role.value, role=role, start=start_at, period=Period.parse(period), basis="", **more)


def related(otherwise: str | None = None, window: str | None = None) -> Relationship:
    return Relationship(
        join=Join(columns=("id",), table="periods", far_columns=("t_id",)),
        end=day("ended", "9999-12-31"),
        window=None if window is None else Period.parse(window),
        otherwise=None if otherwise is None else day(otherwise),
    )


FLOOR = clause(Role.FLOOR, "f", "P1Y")
PURPOSE = clause(Role.PURPOSE, "p", "P1Y")
CEILING = clause(Role.CEILING, "c", "P100D")
SINCE_END = clause(Role.PURPOSE, None, "P1Y")
Judge = Callable[..., tuple[Verdict, Reason]]


@pytest.fixture
def decided(make_rule: Callable[..., Rule]) -> Callable[..., Decision]:
    def judge(*clauses: Clause, facts: dict[str, Any] | None = None, rule: dict[str, Any] | None = None, **row: object):  # type: ignore[no-untyped-def]
        return decide(
            make_rule(clauses=clauses, **(rule or {})),
            RowFacts(row={"f": None, "p": None, "c": None, "x": None} | row, **(facts or {})),
            AS_OF,
            Period(days=7),
        )

    return judge


@pytest.fixture
def outcome(decided: Callable[..., Decision]) -> Judge:
    def judge(*clauses: Clause, **more: Any) -> tuple[Verdict, Reason]:
        decision = decided(*clauses, **more)
        return decision.verdict, decision.reason

    return judge


DUE = (Verdict.DUE, Reason.PERIODS_ENDED)
REACHED = (Verdict.DUE, Reason.CEILING_REACHED)
RETAINED = (Verdict.RETAINED, Reason.NONE)
BY_LAW = (Verdict.RETAINED_BY_LAW, Reason.NONE)
CONFLICT = (Verdict.CONFLICT, Reason.NONE)
ACTIVE = (Verdict.ACTIVE, Reason.NONE)


def undetermined(reason: Reason) -> tuple[Verdict, Reason]:
    return Verdict.UNDETERMINED, reason


@pytest.mark.parametrize(
    ("clauses", "row", "expected"),
    [
        ((FLOOR, PURPOSE), {"f": OLD, "p": OLD}, DUE),
        ((FLOOR, PURPOSE), {"f": OLD, "p": RECENT}, RETAINED),
        ((FLOOR, PURPOSE), {"f": RECENT, "p": OLD}, BY_LAW),
        ((FLOOR, PURPOSE), {"f": RECENT, "p": None}, BY_LAW),  # a floor that runs needs no purpose
        ((FLOOR, PURPOSE), {"f": OLD, "p": None}, undetermined(Reason.START_UNKNOWN)),
        ((FLOOR, PURPOSE), {"f": None, "p": RECENT}, RETAINED),  # kept whatever the floor says
        ((PURPOSE,), {"p": FUTURE}, RETAINED),
        ((PURPOSE,), {"p": "9999-12-31"}, RETAINED),
        ((PURPOSE,), {"p": "31.12.2019"}, undetermined(Reason.START_UNKNOWN)),
        ((PURPOSE, CEILING), {"p": RECENT, "c": OLD}, REACHED),
        ((PURPOSE, CEILING), {"p": None, "c": OLD}, REACHED),  # an unknown purpose does not stop a ceiling
        ((FLOOR, CEILING), {"f": None, "c": OLD}, undetermined(Reason.START_UNKNOWN)),  # an unknown floor does
        ((FLOOR, CEILING), {"f": RECENT, "c": OLD}, CONFLICT),
        ((CEILING,), {"c": RECENT}, RETAINED),
        ((CEILING,), {"c": FUTURE}, undetermined(Reason.START_UNKNOWN)),
        ((CEILING,), {"c": None}, undetermined(Reason.START_UNKNOWN)),
        ((CEILING,), {"c": "9999-12-31"}, RETAINED),
        ((PURPOSE, CEILING), {"p": OLD, "c": FUTURE}, DUE),
        ((CEILING,), {"c": "2026-03-13"}, REACHED),  # keeps through 2026-06-21, so C - 7 days is the 15th
        ((CEILING,), {"c": "2026-03-14"}, RETAINED),
        ((PURPOSE, CEILING), {"p": RECENT, "c": "2026-03-13"}, RETAINED),  # no lead before a purpose
        ((PURPOSE, CEILING), {"p": RECENT, "c": "2026-03-06"}, REACHED),
        ((PURPOSE, CEILING), {"p": RECENT, "c": "2026-03-07"}, RETAINED),
        ((), {}, undetermined(Reason.NOTHING_APPLIES)),
    ],
)
def test_lines(outcome: Judge, clauses: tuple[Clause, ...], row: dict[str, object], expected: object) -> None:
    assert outcome(*clauses, **row) == expected


def test_the_last_day_is_kept(outcome: Judge) -> None:
    assert outcome(PURPOSE, p="2025-06-15") == RETAINED
    assert outcome(PURPOSE, p="2025-06-14") == DUE
    year_end = clause(Role.PURPOSE, "p", "P6Y", align=AlignTo.CALENDAR_YEAR)
    assert outcome(year_end, p="2020-01-01") == RETAINED
    assert outcome(year_end, p="2019-12-31") == DUE


def test_immediately_is_the_event_itself(outcome: Judge) -> None:
    seconds = TimeColumn(column="c", stored=Stored.EPOCH_S)
    start = StartingPoint(event=ColumnEvent(at=seconds))
    at_once = Clause(id="c", role=Role.PURPOSE, start=start, period=Period(), basis="")
    assert outcome(at_once, c=int(AS_OF.timestamp())) == DUE
    assert outcome(at_once, c=int(AS_OF.timestamp()) + 1) == RETAINED
    by_day = clause(Role.PURPOSE, "p", "PT0S")
    assert outcome(by_day, p="2026-06-15") == DUE
    assert outcome(by_day, p="2026-06-16") == RETAINED


def test_when_and_live_while_have_three_answers(outcome: Judge) -> None:
    german = clause(Role.FLOOR, "f", "P1Y", when=is_("x", "DE"))
    assert outcome(german, PURPOSE, f=RECENT, p=OLD, x="FR") == DUE
    assert outcome(german, PURPOSE, f=RECENT, p=OLD, x="DE") == BY_LAW
    assert outcome(german, PURPOSE, f=RECENT, p=OLD, x=None) == undetermined(Reason.NOTHING_APPLIES)
    assert outcome(german, PURPOSE, f=OLD, p=OLD, x=None) == DUE
    assert outcome(german, f=OLD, x="FR") == undetermined(Reason.NOTHING_APPLIES)
    assert outcome(german, CEILING, f=RECENT, c=RECENT, x=None) == RETAINED
    consent = clause(Role.PURPOSE, "p", "P1Y", live_while=is_("x", "yes"))
    assert outcome(consent, p=RECENT, x="yes") == RETAINED
    assert outcome(consent, p=None, x="no") == DUE
    assert outcome(consent, p=RECENT, x=None) == undetermined(Reason.NOTHING_APPLIES)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((OLD,), DUE),
        ((OLD, RECENT), RETAINED),
        ((OLD, None), ACTIVE),
        ((OLD, FUTURE), ACTIVE),
        ((OLD, "9999-12-31"), ACTIVE),
        ((OLD, "soon"), undetermined(Reason.START_UNKNOWN)),
        ((RECENT, "soon"), RETAINED),
        ((None, "soon"), ACTIVE),
        ((), undetermined(Reason.NO_RELATIONSHIP)),
    ],
)
def test_the_last_relationship_starts_the_clock(outcome: Judge, ends: tuple[object, ...], expected: object) -> None:
    rule = {"relationship": related()}
    assert outcome(SINCE_END, rule=rule, facts={"relationship_ends": ends}) == expected


def test_without_a_relationship_another_event_may_count(outcome: Judge) -> None:
    rule = {"relationship": related(otherwise="x")}
    assert outcome(SINCE_END, rule=rule, x=OLD) == DUE
    assert outcome(SINCE_END, rule=rule, x=RECENT) == RETAINED
    assert outcome(SINCE_END, rule=rule, x=FUTURE) == RETAINED
    assert outcome(SINCE_END, rule=rule, x=None) == undetermined(Reason.START_UNKNOWN)
    ceiling = clause(Role.CEILING, None, "P1Y")
    assert outcome(ceiling, rule=rule, x=FUTURE) == undetermined(Reason.START_UNKNOWN)
    assert outcome(ceiling, rule=rule, facts={"relationship_ends": (FUTURE,)}) == RETAINED


def test_the_window_is_one_more_purpose(decided: Callable[..., Decision]) -> None:
    rule = {"relationship": related(window="P6M")}
    decision = decided(PURPOSE, rule=rule, facts={"relationship_ends": ("2026-01-10",)}, p=OLD)
    assert decision.verdict is Verdict.RETAINED
    assert decision.findings[-1] == ClauseFinding(
        clause=WINDOW, applies=True, ended=False, start=date(2026, 1, 10), kept_through=date(2026, 7, 10)
    )


def test_an_end_that_cannot_be_read_may_take_a_ceiling_out_of_its_lead(outcome: Judge) -> None:
    """100 days after 2026-03-10 are over on 2026-06-18, within the week of the lead."""
    ceiling, rule = clause(Role.CEILING, None, "P100D"), {"relationship": related()}
    near = outcome(ceiling, rule=rule, facts={"relationship_ends": ("2026-03-10",)})
    assert near == (Verdict.DUE, Reason.CEILING_REACHED)
    unread = outcome(ceiling, rule=rule, facts={"relationship_ends": ("2026-03-10", "2026-02-30")})
    assert unread == undetermined(Reason.START_UNKNOWN)
    far = outcome(ceiling, rule=rule, facts={"relationship_ends": ("2026-04-10", "2026-02-30")})
    assert far == RETAINED


def test_holds_come_first_and_an_unknown_one_protects_what_is_due(outcome: Judge) -> None:
    assert outcome(PURPOSE, facts={"covered": {HoldClass.SUBJECT: True}}, rule={"condition": is_("x", "a")}) == (
        Verdict.HELD,
        Reason.NONE,
    )
    assert outcome(PURPOSE, facts={"covered": {HoldClass.SUBJECT: None}}, p=OLD) == undetermined(Reason.SUBJECT_UNKNOWN)
    assert outcome(PURPOSE, facts={"covered": {HoldClass.SUBJECT: None}}, p=RECENT) == RETAINED


@pytest.mark.parametrize("held_by", sorted(set(HoldClass) - {HoldClass.SUBJECT, HoldClass.ANCHORED}))
def test_every_class_of_holds_holds_and_an_unknown_one_protects_what_is_due(outcome: Judge, held_by: HoldClass) -> None:
    assert outcome(PURPOSE, facts={"covered": {held_by: True}}, p=OLD) == (Verdict.HELD, Reason.NONE)
    assert outcome(PURPOSE, facts={"covered": {held_by: None}}, p=OLD) == undetermined(Reason.HOLD_UNKNOWN)
    assert outcome(PURPOSE, facts={"covered": {held_by: False}}, p=OLD) == DUE
    stacked = {held_by: None, HoldClass.SUBJECT: True}
    assert outcome(PURPOSE, facts={"covered": stacked}, p=OLD) == (Verdict.HELD, Reason.NONE)


def test_what_a_held_row_refers_to_is_anchored_and_not_deleted(outcome: Judge) -> None:
    facts = {"covered": {HoldClass.ANCHORED: True}}
    assert outcome(PURPOSE, facts=facts, p=OLD) == (Verdict.REFERENCED, Reason.NONE)
    assert outcome(PURPOSE, facts=facts, p=RECENT) == RETAINED
    pseudonymize = {"disposition": Disposition(action=Action.PSEUDONYMIZE)}
    assert outcome(PURPOSE, facts=facts, p=OLD, rule=pseudonymize) == DUE


def test_the_condition_of_the_rule(outcome: Judge) -> None:
    rule = {"condition": is_("x", "a")}
    assert outcome(PURPOSE, rule=rule, p=OLD, x="a") == DUE
    assert outcome(PURPOSE, rule=rule, p=OLD, x="b") == undetermined(Reason.NOT_COVERED)
    assert outcome(PURPOSE, rule=rule, p=OLD, x=None) == undetermined(Reason.CONDITION_UNKNOWN)


def test_an_unclassified_column_stops_a_pseudonymization_only(outcome: Judge) -> None:
    pseudonymize = {"disposition": Disposition(action=Action.PSEUDONYMIZE)}
    facts = {"unclassified": True}
    assert outcome(PURPOSE, facts=facts, p=OLD) == DUE
    assert outcome(PURPOSE, facts=facts, p=RECENT, rule=pseudonymize) == RETAINED
    assert outcome(PURPOSE, facts=facts, p=OLD, rule=pseudonymize) == undetermined(Reason.UNCLASSIFIED)


def test_references_stop_a_deletion_only(outcome: Judge) -> None:
    facts = {"referenced_by": "orders"}
    assert outcome(PURPOSE, facts=facts, p=OLD) == (Verdict.REFERENCED, Reason.NONE)
    assert outcome(PURPOSE, facts=facts, p=RECENT) == RETAINED
    pseudonymize = {"disposition": Disposition(action=Action.PSEUDONYMIZE)}
    assert outcome(PURPOSE, facts=facts, p=OLD, rule=pseudonymize) == DUE


@pytest.mark.parametrize(
    ("marked_on", "facts", "floor", "expected"),
    [
        (date(2026, 1, 1), {}, OLD, (Verdict.PSEUDONYMIZED, Reason.NONE)),
        (date(2025, 6, 15), {}, OLD, (Verdict.PSEUDONYMIZED, Reason.NONE)),
        (date(2025, 6, 14), {}, OLD, (Verdict.DUE, Reason.FOLLOW_UP)),
        (date(2025, 6, 14), {"covered": {HoldClass.SUBJECT: True}}, OLD, (Verdict.HELD, Reason.NONE)),
        (date(2025, 6, 14), {"covered": {HoldClass.SUBJECT: None}}, OLD, undetermined(Reason.SUBJECT_UNKNOWN)),
        (date(2025, 6, 14), {}, RECENT, BY_LAW),
        (date(2025, 6, 14), {}, None, undetermined(Reason.START_UNKNOWN)),
        (date(2025, 6, 14), {"referenced_by": "orders"}, OLD, (Verdict.REFERENCED, Reason.NONE)),
    ],
)
def test_what_follows_a_pseudonymization(
    outcome: Judge, marked_on: date, facts: dict[str, object], floor: object, expected: object
) -> None:
    then = Disposition(action=Action.PSEUDONYMIZE, then_delete_after=Period(years=1))
    facts = facts | {"marked_on": marked_on}
    assert outcome(FLOOR, rule={"disposition": then}, facts=facts, f=floor) == expected
    for_good = Disposition(action=Action.PSEUDONYMIZE)
    if facts.get("covered") != {HoldClass.SUBJECT: True}:
        nothing = (Verdict.PSEUDONYMIZED, Reason.NONE)
        assert outcome(FLOOR, rule={"disposition": for_good}, facts=facts, f=floor) == nothing


def test_a_purpose_that_lives_again_keeps_a_pseudonymized_row(outcome: Judge) -> None:
    then = {"disposition": Disposition(action=Action.PSEUDONYMIZE, then_delete_after=Period(years=1))}
    facts = {"marked_on": date(2025, 6, 14)}
    assert outcome(PURPOSE, rule=then, facts=facts, p=RECENT) == RETAINED
    assert outcome(PURPOSE, rule=then, facts=facts, p=OLD) == (Verdict.DUE, Reason.FOLLOW_UP)


def test_findings_tell_where_every_clause_stands(decided: Callable[..., Decision]) -> None:
    assert decided(FLOOR, PURPOSE, CEILING, f=OLD, p=None, c="9999-12-31").findings == (
        ClauseFinding(clause="floor", applies=True, ended=True, start=date(2020, 1, 1), kept_through=date(2021, 1, 1)),
        ClauseFinding(clause="purpose", applies=True, ended=None, start=None, kept_through=None),
        ClauseFinding(clause="ceiling", applies=True, ended=False, start=None, kept_through=None),
    )


def test_as_of_must_carry_a_zone(make_rule: Callable[..., Rule]) -> None:
    with pytest.raises(ValueError, match="zone"):
        decide(make_rule(), RowFacts(row={}), AS_OF.replace(tzinfo=None), Period())


@pytest.mark.parametrize(
    ("counsel", "row", "by_counsel"),
    [
        ("opinion 7", {"c": OLD, "p": RECENT}, True),
        ("", {"c": OLD, "p": RECENT}, False),
        ("opinion 7", {"c": "2026-03-12", "p": RECENT}, False),  # reached but for its lead, and the purpose lives
        ("opinion 7", {"c": "2026-03-12", "p": OLD}, True),
        ("opinion 7", {"c": RECENT, "p": OLD}, False),  # due without the ceiling
    ],
)
def test_a_ceiling_that_counsel_marked_says_so_where_it_is_reached(
    make_rule: Callable[..., Rule], counsel: str, row: dict[str, str], by_counsel: bool
) -> None:
    rule = make_rule(clauses=(PURPOSE, clause(Role.CEILING, "c", "P100D", counsel=counsel)))
    decision = decide(rule, RowFacts(row=row), AS_OF, Period(days=7))
    assert decision.by_counsel is by_counsel
