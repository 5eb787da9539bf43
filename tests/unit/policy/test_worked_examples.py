"""The catalogue of statutes counts as was worked out by hand, from the citation and not by running the program."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from retention.model.errors import RetentionError
from retention.model.period import Period
from retention.model.starting_point import ColumnEvent
from retention.model.statute import Statute, StatuteKind
from retention.model.terms import Terms
from retention.planning.counting import kept_through, passed_days
from retention.policy import load
from retention.policy.statutes import load_statutes
from retention.policy.yaml_text import read_yaml
from tests.statutes_on_rows import JudgedExample, in_a_rule, judged, last_day_by_the_catalogue, write_rules
from tests.worked_examples import PAGE, ROOT, WorkedExample, read_chapters, read_example, worked_examples_markdown

STATUTES: dict[str, Statute] = dict(load_statutes(ROOT / "retention_rules"))
CHAPTERS = read_chapters()


def _words(text: str) -> list[str]:
    return text.split()


VECTORS = read_yaml(Path(__file__).parent / "calendar_vectors.yaml", "calendar_vectors.yaml").data["vectors"]
JURISDICTIONS = _words(
    "AT AU BE BR CA CH DE ES EU FR GB GB-EAW GB-SCT IE IN INT IT JP NL PL SE US US-CA US-CO US-IL US-NY US-TX"
)
IDS = _words("""
at-bao-132 at-glbg-applicants at-ugb-212 au-corp-286 au-fwa-535 au-itaa-262a be-accounting-7y be-tax-10y br-mci-15
ca-ita-230-4 ch-or-127 ch-or-958f de-agg15-applicants-claim de-ao147-books de-ao147-letters de-ao147-vouchers-10y
de-ao147-vouchers-8y de-ao147-vouchers-financial-10y de-applicants-max de-bgb195-199 de-bgb199-longstop-10
de-bgb199-longstop-30 de-estg41-payroll de-gwg8-min de-hgb257-books de-hgb257-letters de-hgb257-vouchers
de-ustg14b-invoices es-cc-1964 es-ccom-30 es-lgt-66 es-lopdgdd-32 eu-amlr-77 eu-gdpr-12-3-response eu-gdpr-33-breach
eu-gdpr-storage-limitation eu-psd2-71 eu-vat-oss-non-union-369 eu-vat-oss-union-369k fr-cciv-2224 fr-ccom-l123-22
fr-cnil-applicants-2y fr-cnil-card-evidence fr-cnil-cookie-13m fr-cnil-cookie-data-25m fr-cnil-cvv
fr-cnil-inactive-account-2y fr-cnil-logs-6-12m fr-cnil-prospect-3y fr-conso-l213-1 fr-ctrav-l3243-4 fr-lpf-l102b
gb-ca2006-388-private gb-ca2006-388-public gb-eaw-la1980-5 gb-eaw-la1980-8 gb-eqa2010-123-3m gb-eqa2010-123-6m
gb-fa1998-sch18-21 gb-mlr2017-40 gb-paye-97 gb-sct-1973-6 gb-ukgdpr-12a gb-vat-records ie-ca2014-285 ie-sol1957-11
ie-tca1997-886 in-dpdp-8-1 in-dpdp-8-3 it-cc-2220 it-garante-marketing jp-corp-tax-7y nl-ap-applicants-4w nl-awr-52-4
nl-bw-3-307 pci-3-2-1 pci-3-3-1 pl-kc-118 pl-op-70-86 pl-uor-74 se-bfl-7-2 us-16cfr310-5 us-16cfr312-10
us-16cfr314-4c6 us-16cfr682-3 us-17cfr210-2-06 us-17cfr240-17a-4 us-18usc1520 us-26cfr31-6001-1 us-28usc1658
us-29cfr1602-14 us-29cfr1627-3 us-29cfr1904-33 us-29cfr516-5 us-29cfr516-6 us-31cfr1010-430 us-45cfr164-316
us-8cfr274a2-i9 us-ca-2ccr11013-ads us-ca-bpc-17208 us-ca-ccp-337 us-ca-ccp-338 us-ca-ccp-339 us-ca-ccpa-1798-100a3
us-ca-ccpa-1798-130 us-ca-ccpa-7026-optout us-ca-ccpa-7101 us-ca-gov-12946 us-ca-lab-1174 us-ca-lab-1198-5
us-ca-lab-226 us-canspam-optout us-co-hb24-1130 us-il-bipa-15a us-irc-6501a us-irc-6501e us-ny-12nycrr142-2-6
us-ny-cplr-213 us-tx-cubi
""")
UNDECIDED = _words("""
be-tax-10y es-lopdgdd-32 eu-gdpr-12-3-response eu-gdpr-33-breach eu-gdpr-storage-limitation gb-eqa2010-123-6m pci-3-2-1
us-16cfr312-10 us-16cfr682-3 us-ca-ccpa-1798-100a3 us-ca-ccpa-7026-optout us-canspam-optout us-co-hb24-1130
""")


def _of_vector(check: dict[str, Any]) -> WorkedExample:
    said = {"case": "", "arithmetic": []} | check
    return read_example(said, STATUTES[check["statute"]].jurisdiction)


EXAMPLES = [
    *(example for chapter in CHAPTERS for example in chapter.examples),
    *(_of_vector(check) for vector in VECTORS for check in vector["checks"] if "statute" in check),
]
COUNTED = [example for example in EXAMPLES if not example.no_period]
IN_A_RULE = [example for example in COUNTED if in_a_rule(STATUTES[example.statute])]
BESIDES = [example for example in COUNTED if not in_a_rule(STATUTES[example.statute])]


def _name(example: WorkedExample) -> str:
    return f"{example.statute} {' '.join(map(str, example.events.values()))}"


@pytest.fixture(scope="module")
def on_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[int, JudgedExample]:
    every = judged(IN_A_RULE, STATUTES, tmp_path_factory.mktemp("worked") / "rules")
    return {id(one.example): one for one in every}


# -- the catalogue is whole, and so are the examples -----------------------------------------------------------------


def test_the_catalogue_holds_these_statutes_and_no_other() -> None:
    assert sorted(STATUTES) == sorted(IDS)
    assert len(IDS) == 119


def test_these_statutes_need_a_decision_and_no_other() -> None:
    assert sorted(one.id for one in STATUTES.values() if one.needs_decision) == sorted(UNDECIDED)


def test_each_jurisdiction_has_three_examples_or_more() -> None:
    count = {chapter.jurisdiction: len(chapter.examples) for chapter in CHAPTERS}
    assert sorted(count) == sorted(JURISDICTIONS) == sorted({one.jurisdiction for one in STATUTES.values()})
    assert min(count.values()) >= 3


def test_each_statute_has_an_example_in_the_chapter_of_its_jurisdiction() -> None:
    told = {example.statute: example.jurisdiction for chapter in CHAPTERS for example in chapter.examples}
    assert told == {one.id: one.jurisdiction for one in STATUTES.values()}


def test_each_example_names_the_events_of_its_statute_and_says_its_steps() -> None:
    for chapter in CHAPTERS:
        for example in chapter.examples:
            assert set(example.events) == {event.name for event in STATUTES[example.statute].events}, example
            assert example.case
            assert example.arithmetic


def test_no_example_stands_twice() -> None:
    every = [(one.statute, str(one.events), one.zone, one.fiscal_year_ends) for c in CHAPTERS for one in c.examples]
    assert [key for key, count in Counter(every).items() if count > 1] == []


def test_the_last_step_of_the_arithmetic_gives_the_last_day() -> None:
    for chapter in CHAPTERS:
        for example in chapter.examples:
            if example.kept_through is not None and example.goes_from is not None:
                assert str(example.kept_through) in " ".join(example.arithmetic), example
                assert example.goes_from == example.kept_through + timedelta(days=1), example


# -- the program's answer is the worked one --------------------------------------------------------------------------


@pytest.mark.parametrize("example", IN_A_RULE, ids=_name)
def test_a_rule_that_refers_to_the_statute_ends_on_the_day(
    example: WorkedExample, on_rows: dict[int, JudgedExample]
) -> None:
    one = on_rows[id(example)]
    if example.goes_from is None:
        assert one.leaf(date(2999, 12, 31)).ended is not True
        assert one.leaf(date(2999, 12, 31)).kept_through is None
        return
    before = example.kept_through or example.goes_from - timedelta(days=1)
    assert one.leaf(before).ended is not True
    assert one.leaf(example.goes_from).ended is True
    assert one.leaf(max(example.goes_from, *map(_day, example.days))).kept_through == before or not example.kept_through


@pytest.mark.parametrize("example", IN_A_RULE, ids=_name)
def test_the_cut_off_of_a_single_event_lies_between_the_last_day_and_the_next(
    example: WorkedExample, on_rows: dict[int, JudgedExample]
) -> None:
    """What SQL compares a column with, once more from the other side."""
    one = on_rows[id(example)]
    if not isinstance(one.clause.start.event, ColumnEvent) or example.kept_through is None or example.zone != "UTC":
        return
    (start,) = map(_day, example.days)
    assert not _passed(start, one.clause.terms, example.kept_through)
    assert example.goes_from is not None
    assert _passed(start, one.clause.terms, example.goes_from)


@pytest.mark.parametrize("example", BESIDES, ids=_name)
def test_deadlines_and_closed_texts_end_on_the_day(example: WorkedExample) -> None:
    statute = STATUTES[example.statute]
    assert statute.kind is StatuteKind.RESPONSE_DEADLINE or statute.effective_to is not None
    assert last_day_by_the_catalogue(example, statute) == example.kept_through


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_needs_a_decision_gives_no_period(name: str, tmp_path: Path) -> None:
    statute = STATUTES[name]
    assert statute.terms is None
    assert [event.terms for event in statute.events] == [None] * len(statute.events)
    examples = [example for example in EXAMPLES if example.statute == name]
    assert examples
    assert all(example.no_period and example.goes_from is None for example in examples)
    if statute.kind is StatuteKind.RESPONSE_DEADLINE:
        return  # no clause of a rule may refer to one at all
    write_rules(examples[:1], STATUTES, tmp_path / "rules")
    (problem,) = load(tmp_path / "rules").problems
    assert (problem.code, problem.what) == ("R163", f"{name} needs a decision: {statute.needs_decision}")


# -- what others counted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_holds_every_day_that_its_source_expects(vector: dict[str, Any]) -> None:
    expected = set(re.findall(r"\d{4}-\d\d-\d\d", vector["expected"]))
    checked = {str(check[key]) for check in vector["checks"] for key in ("kept_through", "goes_from") if key in check}
    started = {str(day) for check in vector["checks"] for day in check.get("events", {}).values()}
    assert expected <= checked | started


@pytest.mark.parametrize("check", [c for v in VECTORS for c in v["checks"] if "period" in c], ids=str)
def test_a_period_that_others_added(check: dict[str, Any]) -> None:
    assert kept_through(check["from"], Terms.plain(Period.parse(check["period"]))) == check["kept_through"]


def test_the_vectors_are_all_there() -> None:
    assert [vector["id"] for vector in VECTORS] == _words("de-1 de-6 de-7 de-8 eu-2 at-1 us-1 us-2 gb-1 tz-1")


# -- the tests can fail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"days": 1}, {"months": 1}, {"years": 1}], ids=str)
def test_of_each_statute_with_one_event_a_longer_period_is_noticed(
    more: dict[str, int], on_rows: dict[int, JudgedExample]
) -> None:
    noticed, every = set(), set()
    for example in IN_A_RULE:
        one = on_rows[id(example)]
        if isinstance(one.clause.start.event, ColumnEvent) and example.kept_through is not None:
            *first, last = one.clause.terms.periods
            longer = replace(last, **{unit: getattr(last, unit) + number for unit, number in more.items()})
            (start,) = map(_day, example.days)
            if kept_through(start, replace(one.clause.terms, periods=(*first, longer))) != example.kept_through:
                noticed.add(example.statute)
            every.add(example.statute)
    assert every - noticed == set()
    assert len(every) > 70


def test_a_wrong_day_in_an_example_is_refused(tmp_path: Path) -> None:
    right = next(example for example in IN_A_RULE if example.statute == "gb-paye-97")
    wrong = replace(right, kept_through=date(2029, 12, 31), goes_from=date(2030, 1, 1))
    (one,) = judged([wrong], STATUTES, tmp_path / "rules")
    with pytest.raises(AssertionError):
        test_a_rule_that_refers_to_the_statute_ends_on_the_day(wrong, {id(wrong): one})


def test_an_example_of_an_unknown_statute_is_refused(tmp_path: Path) -> None:
    right = next(example for example in IN_A_RULE if example.statute == "gb-paye-97")
    known = STATUTES | {"gb-paye-98": STATUTES["gb-paye-97"]}
    with pytest.raises(RetentionError, match="'gb-paye-98' is not in the catalogue"):
        judged([replace(right, statute="gb-paye-98")], known, tmp_path / "rules")


# -- the page --------------------------------------------------------------------------------------------------------


def test_the_committed_page_is_current() -> None:
    text = worked_examples_markdown(CHAPTERS, STATUTES)
    assert PAGE.read_text(encoding="utf-8") == text, "write it anew: python -m tests.worked_examples"


def _day(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _passed(start: date, terms: Terms, as_of: date) -> bool:
    return any(
        (days.after is None or days.after < start) and start <= days.through for days in passed_days(as_of, terms)
    )
