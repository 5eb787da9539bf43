"""The report of a run: everything in one file, and nothing of a person in it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from retention.model.hold import SubjectKey
from retention.model.run import Check, CheckOutcome, RunState, SealedRun, Verification
from retention.runtime import holds
from retention.runtime.report import write_report
from retention.runtime.run import run_dataset
from tests.world import AS_OF, World, make_world


class Page(HTMLParser):
    """The words of a page and its tags; refuses tags that are left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path)


@pytest.fixture
def sealed(world: World) -> SealedRun:
    holds.place(world.deployment, "case 17", (SubjectKey(kind="customer", key="4"),), "lena")
    return run_dataset(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id="one", told=lambda *_: None)


def test_it_stands_alone_and_holds_no_value_of_a_person(world: World, sealed: SealedRun) -> None:
    text = Path(sealed.report).read_text()
    page = Page(text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not page.attributes & {"src", "href", "srcset", "action", "background"}
    assert not re.search(r"https?:|//|url\(|@import", text)
    values = world.rows("SELECT email, full_name, phone, city FROM customers")
    assert not [value for row in values for value in row if value and str(value) in text]
    assert "Person Number" not in text and "case 17" not in text


def test_its_figures_add_up_and_name_who_is_to_act(sealed: SealedRun) -> None:
    page = Page(Path(sealed.report).read_text())
    assert sealed.state is RunState.SEALED
    assert "200 groups examined under 3 rules: 78 deleted, 9 pseudonymized. Verification passed:" in page.text
    head = sealed.head
    assert head is not None
    for said in (sealed.plan.digest, head.hash, head.signature, "shop.invoices invoice_lines 78"):
        assert said in page.text
    assert "limits: 100% of a table or 1,000,000 groups in one run" in page.text
    assert "shop.customers undetermined 10" in page.text and "privacy@northgate.example" in page.text
    assert "backups" in page.text and "write-ahead log" in page.text


def test_it_says_what_failed_and_keeps_markup_out(world: World, sealed: SealedRun) -> None:
    check = Check(
        name="nothing_due_left",
        rule_id="shop.visits",
        table="<script>alert(1)</script>",
        column="",
        examined=9,
        violations=2,
        unknown=1,
        outcome=CheckOutcome.WRONG,
        by="great_expectations",
    )
    failed = replace(
        sealed,
        state=RunState.FAILED,
        problems=("rule shop.visits: 2 groups are <b>unexplained</b>\n  what to do: clear the task",),
        verification=Verification(run_id=sealed.run_id, checks=(check,), not_examined=("the column extra",)),
    )
    page = Page(write_report(world.deployment, failed).read_text())
    assert "script" not in page.tags and "b" not in page.tags
    assert "rule shop.visits: 2 groups are <b>unexplained</b> What to do: clear the task" in page.text
    assert "Verification did not pass: 1 of 1 check" in page.text
    assert "nothing due is left <script>alert(1)</script> 9 2 1 wrong Great Expectations" in page.text
    assert "What nobody looked at the column extra" in page.text


def test_a_plan_only_run_says_so(world: World) -> None:
    planned = run_dataset(
        world.deployment, "shop", as_of=AS_OF, plan_only=True, external_id="two", told=lambda *_: None
    )
    page = Page(Path(planned.report).read_text())
    assert "A plan only: nothing was written." in page.text
    assert "90 due and not done" in page.text
    assert "Not done: a plan only was asked for; owner: privacy@northgate.example" in page.text
