"""The catalogue of statutes: sign-offs bind one text, and a maximum waits until it is the law."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.statute import Statute
from retention.policy import load_or_refuse
from retention.policy.statutes import load_statutes, read_statutes
from tests.statutes_on_rows import JudgedExample, write_rules
from tests.worked_examples import ROOT, WorkedExample

LETTERS = """\
version: 1
jurisdiction: DE
statutes:
  - id: de-letters
    kind: minimum
    categories: [communications]
    start: letter_sent
    align: calendar_year
    period: P6Y
    citation: AO s.147(3)
    confidence: V2
    sources: [a restatement]
    note: seen in a summary
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "statutes").mkdir()
    (tmp_path / "statutes" / "de.yaml").write_text(LETTERS)
    return tmp_path


def letters(folder: Path) -> Statute:
    return load_statutes(folder)["de-letters"]


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "statutes" / "de.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def sign(folder: Path, text: str) -> None:
    signed = f"{{statute: de-letters, text: {text}, by: A. Reed, on: 2026-02-01, reference: opinion 7}}"
    (folder / "statutes" / "sign_offs.yaml").write_text(f"version: 1\nsign_offs:\n  - {signed}\n")


def remarks(folder: Path) -> list[str]:
    findings = read_statutes(folder).findings
    assert all(finding.remark for finding in findings)
    return [f"{finding.code}: {finding.what}" for finding in findings]


def test_a_folder_without_statutes_has_an_empty_catalogue(tmp_path: Path) -> None:
    assert load_statutes(tmp_path) == {}


@pytest.mark.parametrize("digits", [12, 64])
def test_a_sign_off_of_the_text_counts(folder: Path, digits: int) -> None:
    assert not letters(folder).signed
    sign(folder, f'"{letters(folder).digest[:digits]}"')
    assert letters(folder).signed
    assert remarks(folder) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("period: P6Y", "period: P8Y"),
        ("align: calendar_year", "align: quarter"),
        ("start: letter_sent", "start: letter_received"),
        ("kind: minimum", "kind: limitation"),
        ("citation: AO s.147(3)", "citation: AO s.147(3) as amended"),
        ("categories: [communications]", "categories: [invoices_tax]"),
    ],
)
def test_an_entry_that_changes_has_to_be_signed_off_again(folder: Path, old: str, new: str) -> None:
    sign(folder, f'"{letters(folder).digest[:12]}"')
    edit(folder, old, new)
    assert not letters(folder).signed  # it is read all the same: nothing is refused for a remark
    assert remarks(folder) == ["R156: another text of de-letters was signed off; this one counts as not signed off"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("confidence: V2", "confidence: V1"), ("[a restatement]", "[the text]"), ("seen in a summary", "seen")],
)
def test_a_better_source_is_no_other_text(folder: Path, old: str, new: str) -> None:
    sign(folder, f'"{letters(folder).digest[:12]}"')
    edit(folder, old, new)
    assert letters(folder).signed


def test_a_sign_off_of_few_digits_does_not_count(folder: Path) -> None:
    sign(folder, f'"{letters(folder).digest[:11]}"')
    assert not letters(folder).signed
    assert remarks(folder) == [
        "R156: 11 digits cannot tell which text of de-letters was signed off; it counts as not signed off"
    ]


def test_every_problem_of_the_catalogue_is_told_at_once(folder: Path) -> None:
    edit(folder, "period: P6Y", "period: P6X")
    edit(folder, "kind: minimum", "kind: minimun")
    (folder / "statutes" / "at.yaml").write_text("version: 1\njurisdiction: Austria\nstatutes: []\n")
    with pytest.raises(RetentionError) as refused:
        load_statutes(folder)
    assert [problem.code for problem in refused.value.problems] == ["R150", "R109", "R110"]


def test_a_maximum_takes_nothing_away_before_it_is_the_law(tmp_path: Path) -> None:
    """Three years from 2020-01-15 were over long before it was the law, on 2027-05-13: from that day on it is gone."""
    statutes = dict(load_statutes(ROOT / "retention_rules"))
    example = WorkedExample(
        jurisdiction="IN", statute="in-dpdp-8-1", case="", arithmetic=(),
        events={"last_contact_or_rights_exercise": date(2020, 1, 15)},
        fiscal_year_ends=None, zone="UTC", kept_through=None, goes_from=None, no_period="",
    )  # fmt: skip
    folder = tmp_path / "rules"
    write_rules([example], statutes, folder)
    india = folder / "statutes" / "in.yaml"
    india.write_text(india.read_text().replace("    transition: {effective: 2027-05-13, reach: capped}\n", ""))
    (rule,) = load_or_refuse(folder).rules
    account = JudgedExample(example=example, clause=rule.clauses[0], rule=rule)
    assert [account.leaf(day).ended for day in (date(2027, 5, 12), date(2027, 5, 13))] == [False, True]
