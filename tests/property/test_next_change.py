"""The next change of a verdict is the one that a slow scan finds, day by day, and it comes at that very instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from retention.model.hold import HoldClass
from retention.model.period import Period
from retention.model.rule import Rule
from retention.model.verdict import Decision, Verdict
from retention.planning.cool_down import Heard, cooled
from retention.planning.decide import decide
from retention.planning.next_change import Change, Course, Earlier, Reads, Release, changes_ahead, next_change
from tests.property.rules_of_any_kind import Asked, asked, leads
from tests.property.test_sql_heeds_cool_downs import edits
from tests.property.worlds_of_rows import COLUMNS, worlds

SHALLOW, DEEP = 30, 1500
STEP, DAYS = timedelta(hours=23), 500  # at another time of each day
JUST_BEFORE = timedelta(microseconds=1)
soon = st.integers(1, DAYS * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
maybe = st.sampled_from([True, False, None])


@dataclass(frozen=True)
class Case:
    course: Course
    as_of: datetime

    def slowly(self, instant: datetime) -> Verdict:
        """The verdict with each text, hold and cool-down looked at anew: nothing of Course is asked."""
        older = []
        for earlier in self.course.earlier:
            if instant < earlier.until:
                said = None if earlier.reads is None else _said(earlier.reads, instant)
                rule = None if earlier.reads is None else earlier.reads.rule
                older.append(Heard(until=earlier.until, rule=rule, decision=said))
        return cooled(self.course.present.rule, _said(self.course.present, instant), older).verdict


def _said(reads: Reads, instant: datetime) -> Decision:
    facts = reads.facts
    for release in reads.releases:
        if release.at <= instant:
            facts = replace(facts, covered=release.covered, claims=release.claims)
    return decide(reads.rule, facts, instant, reads.lead)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    first: Asked = draw(asked(COLUMNS))
    world = draw(worlds(first, "sqlite"))
    row = draw(st.sampled_from(world.rows))
    ends = sorted(draw(st.lists(soon, max_size=2)))
    covered = st.dictionaries(st.sampled_from([HoldClass.SUBJECT, HoldClass.TABLE, HoldClass.ANCHORED]), maybe)
    releases = tuple(Release(at=first.as_of + end, covered=draw(covered)) for end in ends)

    def reads(rule: Rule, lead: Period) -> Reads:
        facts = world.facts_of(row, rule, unclassified=draw(st.sampled_from([False, False, False, True])))
        free = draw(st.sampled_from([False, True, True, True]))
        return Reads(rule=rule, facts=replace(facts, covered={}) if free else facts, lead=lead, releases=releases)

    earlier = []
    for _ in range(draw(st.integers(0, 2))):
        text = draw(st.none() | edits(first.rule))
        until = first.as_of + draw(soon)
        earlier.append(Earlier(until=until, reads=None if text is None else reads(text, draw(leads))))
    return Case(Course(present=reads(first.rule, first.lead), earlier=tuple(earlier)), first.as_of)


def check(case: Case) -> None:
    now = case.slowly(case.as_of)
    found = next_change(case.course, case.as_of)
    event(f"{now} -> {found and found.decision.verdict}")
    assert case.course.decided(case.as_of).verdict is now
    for instant in _scan(case.as_of, found):
        assert case.slowly(instant) is now, instant
    if found is not None:
        assert found.at > case.as_of
        assert case.slowly(found.at - JUST_BEFORE) is now
        assert case.slowly(found.at) is found.decision.verdict is not now


def _scan(since: datetime, found: Change | None) -> Iterator[datetime]:
    """Day by day, up to the change or for a year and more."""
    for number in range(1, DAYS):
        instant = since + number * STEP
        if instant.year > 9000 or (found is not None and instant >= found.at):
            return
        yield instant


_QUIETLY = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(cases())
def test_a_slow_scan_finds_the_same_change(case: Case) -> None:
    check(case)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(cases())
def test_a_slow_scan_finds_the_same_change_in_many_worlds(case: Case) -> None:
    check(case)


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(cases())
def test_what_lies_ahead_is_one_change_after_the_other(case: Case) -> None:
    ahead = changes_ahead(case.course, case.as_of)
    seen, instant = case.slowly(case.as_of), case.as_of
    for change in ahead:
        assert change.at > instant and change.decision.verdict is not seen
        assert next_change(case.course, instant) == change
        seen, instant = change.decision.verdict, change.at
    assert all(change.at.tzinfo is UTC for change in ahead)
