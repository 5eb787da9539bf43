"""Days that laws count, worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from retention.model.alignment import Alignment, AlignTo
from retention.model.period import Period
from retention.model.terms import Counting, Reach, Suspension, Terms, Transition
from retention.planning.counting import Days, kept_through, lead_days, never_falls, passed_days

NONE = Alignment()
MONTH = Alignment(to=AlignTo.MONTH)
YEAR = Alignment(to=AlignTo.CALENDAR_YEAR)
P = Period.parse


@pytest.mark.parametrize(
    ("start", "align", "period", "last"),
    [
        ("2020-03-10", NONE, "P1Y", "2021-03-10"),
        ("2020-07-01", YEAR, "P6Y", "2026-12-31"),
        ("2023-01-31", NONE, "P1M", "2023-02-28"),
        ("2024-01-31", NONE, "P1M", "2024-02-29"),
        ("2023-02-28", NONE, "P1M", "2023-03-28"),
        ("2024-02-29", NONE, "P1Y", "2025-02-28"),
        ("2024-02-29", NONE, "P4Y", "2028-02-29"),
        ("2020-02-29", NONE, "P1Y1M", "2021-03-29"),  # one step: not by way of 2021-02-28
        ("2023-01-31", NONE, "P1M1D", "2023-03-01"),
        ("2023-01-01", NONE, "P365D", "2024-01-01"),
        ("2024-01-01", NONE, "P365D", "2024-12-31"),
        ("2024-01-01", NONE, "P2W", "2024-01-15"),
        ("2024-01-01", NONE, "PT0S", "2024-01-01"),
        ("2024-02-10", Alignment(to=AlignTo.MONTH), "PT0S", "2024-02-29"),
        ("2024-05-10", Alignment(to=AlignTo.QUARTER), "P1Y", "2025-06-30"),
        ("2024-06-30", Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(6, 30)), "P1Y", "2025-06-30"),
        ("2024-07-01", Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(6, 30)), "P1Y", "2026-06-30"),
        ("2023-02-01", Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(2, 29)), "P1D", "2023-03-01"),
        ("2024-02-29", Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(2, 29)), "P1D", "2024-03-01"),
    ],
)
def test_kept_through(start: str, align: Alignment, period: str, last: str) -> None:
    assert kept_through(date.fromisoformat(start), Terms.plain(P(period), align)) == date.fromisoformat(last)


@pytest.mark.parametrize("period", ["P9999Y", "P1D", "P1M", "P99999D"])
def test_beyond_the_calendar_nothing_ends(period: str) -> None:
    assert kept_through(date.max, Terms.plain(P(period))) is None


def test_a_fiscal_year_that_ends_after_the_calendar_does_not_end() -> None:
    ends = Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(6, 30))
    assert kept_through(date(9999, 7, 1), Terms.plain(P("PT0S"), ends)) is None


def test_cut_off_is_the_last_start_that_has_passed() -> None:
    assert passed_days(date(2021, 3, 10), Terms.plain(P("P1Y"), NONE)) == (Days(through=date(2020, 3, 9)),)
    assert passed_days(date(2021, 3, 11), Terms.plain(P("P1Y"), NONE)) == (Days(through=date(2020, 3, 10)),)
    assert passed_days(date(2023, 3, 1), Terms.plain(P("P1M"), NONE)) == (Days(through=date(2023, 1, 31)),)
    assert passed_days(date(2026, 12, 31), Terms.plain(P("P6Y"), YEAR)) == (Days(through=date(2019, 12, 31)),)
    assert passed_days(date(2027, 1, 1), Terms.plain(P("P6Y"), YEAR)) == (Days(through=date(2020, 12, 31)),)
    assert passed_days(date(2026, 1, 1), Terms.plain(P("P9999Y"), NONE)) == ()
    assert passed_days(date.min, Terms.plain(P("PT0S"), NONE)) == ()


def test_the_lead_is_at_most_a_tenth_of_the_period() -> None:
    assert lead_days(Terms.plain(P("P1Y")), P("P7D")) == 7
    assert lead_days(Terms.plain(P("P30D")), P("P7D")) == 3
    assert lead_days(Terms.plain(P("P9D")), P("P7D")) == 0
    assert lead_days(Terms.plain(P("PT0S")), P("P7D")) == 0


def kept(start: str, terms: Terms) -> str:
    last = kept_through(date.fromisoformat(start), terms)
    return "never" if last is None else last.isoformat()


def test_two_alignments_one_after_the_other() -> None:
    """Austria: the fiscal year ends 31 March 2020, within the calendar year that ends 31 December 2020."""
    austria = Terms(periods=(P("P7Y"),), align=(Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=(3, 31)), YEAR))
    assert kept("2020-03-31", austria) == "2027-12-31"
    assert kept("2020-04-01", austria) == "2028-12-31"


def test_a_chain_is_not_the_sum_of_its_periods() -> None:
    """31 December + 2 months = 28 February; + 3 months from there = 28 May. Five months at once: 31 May."""
    assert kept("2025-12-31", Terms(periods=(P("P2M"), P("P3M")))) == "2026-05-28"
    assert kept("2025-12-31", Terms.plain(P("P5M"))) == "2026-05-31"


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        ("2026-01-10", "P3M", "2026-04-09"),  # "three months beginning with the date of the act"
        ("2025-11-30", "P3M", "2026-02-28"),  # no 30 February: with the month
        ("2025-11-28", "P3M", "2026-02-27"),
        ("2026-03-01", "P1M", "2026-03-31"),
        ("2026-03-01", "P2W", "2026-03-14"),
        ("2026-03-01", "PT0S", "2026-03-01"),
    ],
)
def test_the_first_day_may_count(start: str, period: str, last: str) -> None:
    assert kept(start, Terms(periods=(P(period),), first_day_counts=True)) == last


def test_the_end_may_move_to_the_end_of_its_year() -> None:
    """Poland, art. 118: 14 May 2020 + 6 years = 14 May 2026, and then the end of that year."""
    assert kept("2020-05-14", Terms(periods=(P("P6Y"),), end=YEAR)) == "2026-12-31"
    assert kept("2020-12-31", Terms(periods=(P("P6Y"),), end=YEAR)) == "2026-12-31"
    assert kept("2020-05-14", Terms(periods=(P("P1M"),), end=MONTH)) == "2020-06-30"


def test_a_weekend_or_holiday_at_the_end_moves_it_on() -> None:
    month = Terms(periods=(P("P1M"),), business_days="DE-BE")
    assert kept("2026-04-01", month) == "2026-05-04"  # Friday 1 May is a holiday, then a weekend
    assert kept("2026-04-02", month) == "2026-05-04"
    assert kept("2026-04-04", month) == "2026-05-04"
    assert kept("2026-04-05", month) == "2026-05-05"
    assert kept("2026-06-04", Terms(periods=(P("P1M"),), business_days="US-CA")) == "2026-07-06"  # a Saturday, the 4th


GERMAN = Terms(
    periods=(P("P8Y"),),
    align=(YEAR,),
    transition=Transition(
        effective=date(2025, 1, 1), reach=Reach.RUNNING, before=Terms(periods=(P("P10Y"),), align=(YEAR,))
    ),
)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2014-06-01", "2024-12-31"),  # ten years from the end of 2014: ended before the new text
        ("2015-06-01", "2024-12-31"),  # eight years would have ended in 2023; runs on until the day before the new text
        ("2016-12-31", "2024-12-31"),
        ("2017-03-10", "2025-12-31"),  # old 2027-12-31, new 2025-12-31
        ("2030-01-01", "2038-12-31"),
    ],
)
def test_a_new_text_that_reaches_what_runs(start: str, last: str) -> None:
    assert kept(start, GERMAN) == last
    assert never_falls(GERMAN)


def test_nothing_goes_by_a_new_text_before_its_time() -> None:
    assert passed_days(date(2024, 12, 31), GERMAN) == (Days(through=date(2013, 12, 31)),)
    assert passed_days(date(2025, 1, 1), GERMAN) == (Days(through=date(2016, 12, 31)),)


def test_a_new_text_for_later_events() -> None:
    """Belgium: ten years for what belongs to 2023 and later, seven before."""
    longer = Terms(
        periods=(P("P10Y"),),
        transition=Transition(effective=date(2023, 1, 1), reach=Reach.EVENTS, before=Terms.plain(P("P7Y"))),
    )
    assert (kept("2022-12-31", longer), kept("2023-01-01", longer)) == ("2029-12-31", "2033-01-01")
    assert never_falls(longer)
    shorter = Terms(
        periods=(P("P2Y"),),
        transition=Transition(effective=date(2023, 1, 1), reach=Reach.EVENTS, before=Terms.plain(P("P7Y"))),
    )
    assert (kept("2022-12-31", shorter), kept("2023-01-01", shorter)) == ("2029-12-31", "2025-01-01")
    assert not never_falls(shorter)
    assert passed_days(date(2026, 1, 1), shorter) == (
        Days(through=date(2018, 12, 31)),
        Days(through=date(2023, 12, 31), after=date(2022, 12, 31)),
    )
    assert passed_days(date(2031, 1, 1), shorter) == (Days(through=date(2028, 12, 31)),)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2000-10-06", "2015-10-06"),  # fifteen years, over before the new text
        ("2003-05-20", "2018-05-20"),  # fifteen years, before five from the new text
        ("2006-02-01", "2020-10-07"),  # five from the new text are over first
        ("2016-01-10", "2021-01-10"),
    ],
)
def test_a_shorter_period_runs_afresh(start: str, last: str) -> None:
    """Spain, Codigo civil 1964: five years for fifteen, from 2015-10-07."""
    before = Terms.plain(P("P15Y"))
    spain = Terms(
        periods=(P("P5Y"),), transition=Transition(effective=date(2015, 10, 7), reach=Reach.CAPPED, before=before)
    )
    assert kept(start, spain) == last
    assert never_falls(spain)


def test_days_on_which_the_clock_stood_still() -> None:
    """Spain, 2020: 14 March to 3 June are 82 days."""
    spain = Terms(periods=(P("P5Y"),), suspended=(Suspension(first=date(2020, 3, 14), last=date(2020, 6, 3)),))
    assert kept("2015-03-13", spain) == "2020-03-13"  # over the day before
    assert kept("2015-03-14", spain) == "2020-06-04"  # 14 March + 82 days
    assert kept("2015-10-07", spain) == "2020-12-28"  # 7 October + 82 days
    assert kept("2020-03-13", spain) == "2025-06-03"  # 13 March 2025 + 82 days
    assert kept("2020-04-10", spain) == "2025-06-03"  # arisen within: runs from the last of them
    assert kept("2020-06-03", spain) == "2025-06-03"
    assert kept("2020-06-04", spain) == "2025-06-04"


def test_suspensions_that_overlap_are_counted_once() -> None:
    both = (
        Suspension(first=date(2020, 1, 1), last=date(2020, 1, 20)),
        Suspension(first=date(2020, 1, 11), last=date(2020, 1, 30)),
        Suspension(first=date(2020, 1, 31), last=date(2020, 1, 31)),
    )
    assert kept("2019-12-15", Terms(periods=(P("P1M"),), suspended=both)) == "2020-02-15"  # 15 January + 31 days


def test_terms_are_their_plain_part_and_what_is_beyond() -> None:
    assert Counting.of(Terms.plain(P("P1Y"), YEAR)) is None
    more = Counting.of(GERMAN)
    assert more is not None
    assert more.beyond(Terms.plain(P("P8Y"), YEAR)) == GERMAN
