"""The retention schedule: what it says of each clause, and that what a rule writes stays text in every form."""

from __future__ import annotations

import csv
import re
import shutil
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest

from retention.model.alignment import Alignment, AlignTo
from retention.model.clause import Clause, Role
from retention.model.clause_words import UNKNOWN_START, counting_in_words
from retention.model.errors import RetentionError
from retention.model.period import Period
from retention.model.starting_point import (
    ColumnEvent,
    Event,
    Operand,
    RelationshipEnd,
    SeveralEvents,
    StartingPoint,
    Stored,
    TimeColumn,
    UnknownStart,
    WhenNull,
    Which,
)
from retention.model.terms import Counting, Reach, Terms, Transition
from retention.runtime.deployment import open_deployment
from retention.runtime.resolver import EnvironmentResolver
from retention.runtime.schedule import Schedule, ScheduledClause, ScheduledRule, retention_schedule
from retention.runtime.schedule_files import schedule_csv, schedule_html, write_schedule
from tests.world import SetClock

BASE = Path(__file__).parents[2] / "corpus" / "base"
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def made(folder: Path) -> Schedule:
    return retention_schedule(open_deployment(folder, EnvironmentResolver(), SetClock(NOON), folder / "home"))


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    copy = Path(shutil.copytree(BASE, folder / "rules"))
    path = copy / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return copy


def the_rule(schedule: Schedule, rule_id: str) -> ScheduledRule:
    return next(rule for rule in schedule.rules if rule.id == rule_id)


def the_clause(rule: ScheduledRule, clause_id: str) -> ScheduledClause:
    return next(clause for clause in rule.clauses if clause.id == clause_id)


def test_it_says_of_each_clause_what_a_record_of_processing_needs() -> None:
    schedule = made(BASE)
    assert (schedule.made_at, [cluster.name for cluster in schedule.clusters]) == (
        NOON,
        ["customer account", "logs", "purchases", "support"],
    )
    accounts = the_rule(schedule, "crm.accounts")
    assert accounts.tables == ("accounts", "service_periods")
    assert accounts.categories == ("names", "e-mail addresses", "countries", "dates of birth", "dates", "free text")
    assert (accounts.subject, accounts.dataset_title, accounts.owner, accounts.zone) == (
        "customer",
        "Customers",
        "accounts@northgate.example",
        "America/Los_Angeles",
    )
    assert (accounts.relationship, accounts.window) == ("ends with the last service_periods.ended_on", "6 months")
    assert accounts.disposition == "pseudonymized, and deleted 2 years after that"
    assert the_clause(accounts, "account").counting == "for 1 year from the end of the relationship"
    child = the_clause(accounts, "children")
    assert (child.counting, child.when) == ("as soon as registered_at has come", "is_child equals True")
    tax = the_clause(the_rule(schedule, "crm.invoices"), "us-tax")
    assert (tax.role, tax.basis, tax.period, tax.when) == (Role.FLOOR, "26 CFR 1.6001-1", "P7Y", "country equals US")
    assert tax.counting == "for 7 years from the end of the calendar year of issued_on"
    assert the_rule(schedule, "web.page_views").subject == ""


def test_a_table_has_one_line_for_each_clause_and_computes_nothing(tmp_path: Path) -> None:
    folder = edited(tmp_path, "rules/crm/invoices.yaml", "basis: § 147 AO", "basis: '=HYPERLINK(\"x\")'")
    text = schedule_csv(made(folder))
    assert text.startswith("\ufeff") and text.encode()[:3] == b"\xef\xbb\xbf"
    lines = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [(line["rule"], line["clause"]) for line in lines] == [
        ("crm.accounts", "account"),
        ("crm.accounts", "children"),
        ("web.page_views", "logs"),
        ("crm.invoices", "us-tax"),
        ("crm.invoices", "de-tax"),
        ("crm.invoices", "claims"),
        ("crm.tickets", "support"),
    ]
    assert lines[4]["basis"] == '\'=HYPERLINK("x")'
    assert {line["made at"] for line in lines} == {"2026-07-02T12:00:00+00:00"}
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "+", "-", "@", "\t"))]


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_what_a_rule_writes_is_text(tmp_path: Path) -> None:
    folder = edited(tmp_path, "rules/crm/invoices.yaml", "title: Invoices", "title: '<script>alert(1)</script> & <b>'")
    html = schedule_html(made(folder))
    page = Page(html)
    assert "<script>alert(1)</script> & <b>" in page.text
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert not re.search(r"https?:|url\(|@import", html)
    assert ("html", {"lang": "en"}) in page.tags and tags.count("h1") == 1 and tags.count("caption") == 1
    targets = {attributes.get("id") for _, attributes in page.tags}
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert len(links) == 4 and {str(link).removeprefix("#") for link in links} <= targets
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    assert "A4 landscape" in html


def test_a_folder_without_rules_has_a_schedule_that_says_so(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BASE, tmp_path / "rules"))
    shutil.rmtree(folder / "rules")
    assert "There is no rule yet" in schedule_html(made(folder))
    assert len(schedule_csv(made(folder)).splitlines()) == 1


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetentionError) as refused:
        write_schedule(tmp_path / "nowhere" / "schedule.html", "x")
    assert refused.value.problems[0].code == "R560"


DAY = Period(days=1)
AT = ColumnEvent(at=TimeColumn(column="left_on", stored=Stored.DATE))
YEAR = Alignment(to=AlignTo.CALENDAR_YEAR)
OTHER = Terms(periods=(Period(years=1),))


def clause(event: Event, terms: Terms, role: Role = Role.FLOOR) -> Clause:
    align = terms.align[0] if terms.align else Alignment()
    return Clause(
        id="x",
        role=role,
        start=StartingPoint(event=event, align=align),
        period=terms.periods[0],
        basis="b",
        counting=Counting.of(terms),
    )


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        (clause(AT, Terms(periods=(Period(),))), "until left_on"),
        (clause(AT, Terms(periods=(Period(months=6),)), Role.CEILING), "6 months after left_on"),
        (
            clause(AT, Terms(periods=(Period(years=10),), align=(YEAR,), first_day_counts=True)),
            "for 10 years from the end of the calendar year of left_on, the day of the event counts as the first",
        ),
        (
            clause(AT, Terms(periods=(Period(years=5), DAY), end=YEAR, business_days="PL")),
            "for 5 years and then 1 day from left_on, the end moved to the end of its calendar year, "
            "moved to the next business day (PL)",
        ),
        (
            clause(
                AT,
                Terms(
                    periods=(Period(years=8),),
                    transition=Transition(effective=date(2025, 1, 1), reach=Reach.RUNNING, before=OTHER),
                ),
            ),
            "for 8 years from left_on, since 2025-01-01, for all that had not ended by then; before: + 1 year",
        ),
        (
            clause(
                SeveralEvents(
                    which=Which.LATEST,
                    operands=(
                        Operand(event=AT, when_null=WhenNull.PENDING, terms=OTHER),
                        Operand(event=RelationshipEnd(), when_null=WhenNull.UNKNOWN),
                    ),
                ),
                Terms(periods=(Period(years=3),)),
            ),
            "for 3 years from the latest of left_on (open while NULL) and the end of the relationship; "
            "left_on: + 1 year",
        ),
        (clause(UnknownStart(), Terms(periods=(Period(),))), UNKNOWN_START),
    ],
    ids=["until", "ceiling", "first day", "end moved", "changed law", "several events", "no law known"],
)
def test_the_counting_is_said_in_one_phrase(counted: Clause, words: str) -> None:
    assert counting_in_words(counted) == words
