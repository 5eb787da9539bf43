"""Periods that differ from row to row and starts of several events, to the day, on each database. Expected days are
worked out by hand, beside each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.model.verdict import Verdict
from retention.runtime.explain import explain
from retention.runtime.plan_run import preview
from tests.databases.people import people_world, person, stay
from tests.world import World

DUE, UNDETERMINED = Verdict.DUE, Verdict.UNDETERMINED
KEPT, BY_LAW = Verdict.RETAINED, Verdict.RETAINED_BY_LAW


@pytest.fixture
def says(any_database: str, tmp_path: Path) -> Callable[..., None]:
    """Asks explain and plan alike about people of a rule, and compares both with what is expected."""

    def check(rule: str, rows: list[str], as_of: date, expected: dict[int, tuple[Verdict, date | None]]) -> None:
        world = people_world(any_database, tmp_path, rule, rows)
        instant = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        found = {key: explain(world.deployment, "shop.people", str(key), instant) for key in expected}
        told = {key: (one.verdict, one.clauses[0].kept_through) for key, one in found.items()}
        assert told == expected
        (step,) = preview(world.deployment, "shop", instant).steps
        counted = Counter({(tally.verdict, tally.reason): tally.groups for tally in step.tallies})
        assert counted == Counter((one.verdict, one.reason) for one in found.values())

    return check


TIERS = """\
relationship: {table: stays, join: {id: person_id}, start: began_on, end: ended_on}
purposes:
  - id: return
    start: relationship_end
    by_length: [{shorter_than: P1Y, period: P6M}, {shorter_than: P5Y, period: P1Y}, {period: P2Y}]
    basis: a window for coming back
"""


def test_the_length_of_the_relationship_chooses_the_period_to_the_day(says: Callable[..., None]) -> None:
    """As of a day on which the tier next to the right one would say something else of every row."""
    rows = [person(key) for key in range(1, 8)]
    rows += [
        # a year is full with 2024-01-10: through the day before, it is shorter
        stay(1, 1, "2023-01-10", "2024-01-09"),  # + 6 months
        stay(2, 2, "2023-01-10", "2024-01-10"),  # + 1 year
        stay(3, 3, "2018-11-10", "2023-11-09"),  # a day under five years: + 1 year
        stay(4, 4, "2018-11-10", "2023-11-10"),  # five years: + 2 years
        # two stays with years between them: the length is from the first start to the last end
        stay(5, 5, "2017-05-01", "2017-06-01"),
        stay(6, 5, "2023-06-01", "2023-11-01"),  # more than five years: + 2 years
        stay(7, 6, "2019-01-01", "2019-02-01"),
        stay(8, 6, "2024-11-30", None),  # came back, and is there
    ]
    expected = {
        1: (DUE, date(2024, 7, 9)),
        2: (KEPT, date(2025, 1, 10)),
        3: (DUE, date(2024, 11, 9)),
        4: (KEPT, date(2025, 11, 10)),
        5: (KEPT, date(2025, 11, 1)),
        6: (Verdict.ACTIVE, None),
        7: (UNDETERMINED, None),  # never was in a relationship, and the rule names nothing else
    }
    says(TIERS, rows, date(2024, 12, 1), expected)


def test_a_year_from_a_leap_day_is_full_with_the_last_of_february(says: Callable[..., None]) -> None:
    rows = [person(1), person(2), stay(1, 1, "2020-02-29", "2021-02-27"), stay(2, 2, "2020-02-29", "2021-02-28")]
    expected = {1: (DUE, date(2021, 8, 27)), 2: (KEPT, date(2022, 2, 28))}  # + 6 months, + 1 year
    says(TIERS, rows, date(2021, 9, 30), expected)


def test_on_its_last_day_a_tier_still_keeps(says: Callable[..., None]) -> None:
    rows = [person(1), person(2), stay(1, 1, "2024-01-01", "2024-08-28"), stay(2, 2, "2024-01-01", "2024-08-27")]
    says(TIERS, rows, date(2025, 2, 28), {1: (KEPT, date(2025, 2, 28)), 2: (DUE, date(2025, 2, 27))})


def test_a_start_that_nobody_knows_keeps_as_long_as_any_tier_would(says: Callable[..., None]) -> None:
    rows = [person(key) for key in (1, 2, 3)]
    rows += [
        "INSERT INTO stays VALUES (1, 1, NULL, '2020-01-01')",  # 2022-01-01 at the latest: whatever its length was
        "INSERT INTO stays VALUES (2, 2, NULL, '2024-01-01')",  # over by 2024-07-01, 2025-01-01 or 2026-01-01
        "INSERT INTO stays VALUES (3, 3, NULL, '2025-01-01')",  # not before 2025-07-01
    ]
    expected = {1: (DUE, None), 2: (UNDETERMINED, None), 3: (KEPT, None)}
    says(TIERS, rows, date(2025, 2, 28), expected)


LIMITS = """\
relationship: {table: stays, join: {id: person_id}, start: began_on, end: ended_on}
ceilings:
  - id: gone
    start: relationship_end
    by_length: [{shorter_than: P1Y, period: P100D}, {period: P103D}]
    basis: a promise
"""


@pytest.mark.parametrize(
    ("as_of", "verdict"),
    [
        # Gone after 2025-04-11 or 2025-04-14, which of the two nobody knows; each may be served 7 days before.
        (date(2025, 4, 4), KEPT),
        (date(2025, 4, 5), UNDETERMINED),  # near by the shorter one alone
        (date(2025, 4, 9), DUE),  # near by both
        (date(2025, 4, 13), DUE),  # over by the shorter one, near by the longer
        (date(2025, 4, 20), DUE),
        (date(2025, 4, 2), KEPT),
    ],
)
def test_a_ceiling_is_served_where_each_period_is_near(
    says: Callable[..., None], as_of: date, verdict: Verdict
) -> None:
    rows = [person(1), "INSERT INTO stays VALUES (1, 1, NULL, '2025-01-01')"]
    says(LIMITS, rows, as_of, {1: (verdict, None)})


MONTHS = """\
lookups: {agreed: {path: [{columns: {tenant_id: id}, table: tenants}], column: %s}}
purposes:
  - {id: agreed, start: left_on, align: month, period_from: {lookup: agreed, unit: %s}, basis: as agreed}
"""
TENANTS = [
    "INSERT INTO tenants (id, months, how_long) VALUES (1, 3, 'P3M'), (2, 13, 'P1Y1M'), (3, NULL, NULL), "
    "(4, 0, 'P3X'), (5, 12001, ''), (6, -2, 'PT0S')"
]


@pytest.mark.parametrize(("column", "unit"), [("months", "months"), ("how_long", "iso")])
def test_each_customer_sets_its_own_period(says: Callable[..., None], column: str, unit: str) -> None:
    left = {"left_on": "2024-03-15"}
    rows = [*TENANTS, *(person(key, tenant_id=key, **left) for key in range(1, 6)), person(7, **left)]
    rows.append(person(8, tenant_id=1, left_on="2024-11-30"))
    rows.append(person(9, tenant_id=1, left_on="2024-12-01"))
    nobody_knows = (UNDETERMINED, None)
    expected = {
        1: (DUE, date(2024, 6, 30)),  # the end of March + 3 months
        2: (KEPT, date(2025, 4, 30)),  # + 13 months
        3: nobody_knows,  # NULL
        4: nobody_knows,  # 0, or a text that is no period
        5: nobody_knows,  # more than a thousand years, or an empty text
        7: nobody_knows,  # no customer at all
        8: (DUE, date(2025, 2, 28)),
        9: (KEPT, date(2025, 3, 31)),
    }
    says(MONTHS % (column, unit), rows, date(2025, 3, 1), expected)


def test_a_period_that_the_customer_changes_counts_at_once(any_database: str, tmp_path: Path) -> None:
    rows = [*TENANTS, person(1, tenant_id=2, left_on="2024-03-15")]
    world = people_world(any_database, tmp_path, MONTHS % ("months", "months"), rows)
    instant = datetime(2025, 3, 1, tzinfo=UTC)
    assert _due(world, instant) == 0
    world.execute("UPDATE tenants SET months = 3 WHERE id = 2")
    assert _due(world, instant) == 1
    world.execute("UPDATE tenants SET months = 777 WHERE id = 2")  # a value that no row had before
    assert _due(world, instant) == 0


def _due(world: World, instant: datetime) -> int:
    (step,) = preview(world.deployment, "shop", instant).steps
    return sum(tally.groups for tally in step.tallies if tally.verdict is DUE)


SEVERAL = """\
floors:
  - id: claims
    start: {%s_of: [{column: left_on, when_null: %s}, {column: told_on, when_null: %s}]}
    period: P1Y
    basis: a law of two events
"""
BOTH, ONE, OTHER, NONE = range(1, 5)
EVENTS = [
    person(BOTH, left_on="2023-06-01", told_on="2024-06-01"),
    person(ONE, left_on="2023-06-01", told_on=None),
    person(OTHER, left_on=None, told_on="2023-06-01"),
    person(NONE, left_on=None, told_on=None),
]


@pytest.mark.parametrize(
    ("which", "left", "told", "expected"),
    [
        # A year from the later of both; what is pending keeps for ever, what never comes is left out.
        ("latest", "pending", "pending", "2025-06-01 open open open"),
        ("latest", "never", "never", "2025-06-01 2024-06-01 2024-06-01 unknown"),
        ("latest", "never", "pending", "2025-06-01 open 2024-06-01 open"),
        ("latest", "unknown", "unknown", "2025-06-01 unknown unknown unknown"),
        # From the earlier: one that can still happen comes after one that has happened.
        ("earliest", "pending", "pending", "2024-06-01 2024-06-01 2024-06-01 open"),
        ("earliest", "never", "never", "2024-06-01 2024-06-01 2024-06-01 unknown"),
        ("earliest", "never", "pending", "2024-06-01 2024-06-01 2024-06-01 open"),
        # Whenever the other one happened, the earlier is over by 2024-06-01.
        ("earliest", "unknown", "unknown", "2024-06-01 over over unknown"),
    ],
)
def test_of_several_events_the_one_that_the_law_means_counts(
    says: Callable[..., None], which: str, left: str, told: str, expected: str
) -> None:
    as_of = date(2025, 1, 1)
    verdicts = {"open": (BY_LAW, None), "unknown": (UNDETERMINED, None), "over": (DUE, None)}
    days = dict(zip((BOTH, ONE, OTHER, NONE), expected.split(), strict=True))
    said = {
        key: verdicts.get(day) or (DUE if day < as_of.isoformat() else BY_LAW, date.fromisoformat(day))
        for key, day in days.items()
    }
    says(SEVERAL % (which, left, told), EVENTS, as_of, said)
