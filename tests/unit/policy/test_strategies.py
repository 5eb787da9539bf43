"""Strategies against the columns that they write to."""

import shutil
from pathlib import Path

import pytest

from retention.policy import load

BASE = Path(__file__).parents[2] / "corpus" / "base"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "retention_rules"))


def _problems(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    path = folder / "rules/crm/accounts.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [(problem.code, f"{problem.what}; {problem.remedy}") for problem in load(folder).problems]


def _columns(folder: Path, old: str, new: str) -> None:
    path = folder / "snapshots/crm.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_fitting_strategies_pass(folder: Path) -> None:
    assert load(folder).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("strategy: email", "strategy: emial", "R220", "did you mean 'email'? strategies: city, constant, email"),
        ("value: X", "valeu: X", "R221", "has no parameter 'valeu'; did you mean 'value'?"),
        ("strategy: email", "strategy: {name: email, domain: 7}", "R221", "cannot be 7; write a text"),
        ("strategy: suppress", "strategy: {name: token, length: true}", "R221", "write a whole number"),
        ("strategy: suppress", "strategy: {name: ip, version: 5}", "R221", "write 4 or 6"),
        ("value: X", "value: long", "R227", "writes up to 4 characters, and accounts.initials holds 3 (VARCHAR(3))"),
        ("strategy: email", 'strategy: "null"', "R225", "accounts.email is NOT NULL"),
        ("strategy: email", "strategy: suppress", "R226", "accounts(email) is unique; choose a strategy whose"),
        ("value: X", "value: 7", "R228", "writes number, whole number, and accounts.initials holds text"),
        ("strategy: year", "strategy: city", "R228", "choose a strategy that can write a date: constant, null, year"),
        ("strategy: year", "strategy: {name: year, consistent: subject}", "R229", "leave `consistent` out"),
        (
            "keep: computed by the database from replaced columns",
            "strategy: suppress",
            "R230",
            "computed by the database",
        ),
    ],
)
def test_what_does_not_fit_is_named(folder: Path, old: str, new: str, code: str, words: str) -> None:
    problems = _problems(folder, old, new)
    assert [found for found, _ in problems] == [code]
    assert words in problems[0][1]


@pytest.mark.parametrize(
    ("type_", "strategy"),
    [
        ("UUID", "token"),
        ("INET", "ip"),
        ("TIMESTAMP", "year"),
        ("TIMESTAMP WITH TIME ZONE", "year"),
        ("TEXT", "year"),
        ("INTEGER", "{name: constant, value: 0}"),
        ("NUMERIC(10, 2)", "{name: constant, value: 0}"),
        ("BOOLEAN", "{name: constant, value: false}"),
        ("DATE", "{name: constant, value: 1970-01-01}"),
        ("JSONB", '{name: constant, value: "{}"}'),
        ("BYTEA", '"null"'),
    ],
)
def test_what_a_type_can_hold_passes(folder: Path, type_: str, strategy: str) -> None:
    _columns(folder, "notes: TEXT", f"notes: {type_}")
    assert _problems(folder, "strategy: suppress", f"strategy: {strategy}") == []


def test_a_short_token_is_no_uuid(folder: Path) -> None:
    _columns(folder, "notes: TEXT", "notes: UUID")
    problems = _problems(folder, "strategy: suppress", "strategy: {name: token, length: 20}")
    assert [code for code, _ in problems] == ["R228"]


def test_a_unique_column_with_several_rows_per_subject_must_not_be_consistent_for_the_subject(folder: Path) -> None:
    old, new = "subject: {kind: customer, key: id}", "subject: {kind: customer, key: country}"
    assert [code for code, _ in _problems(folder, old, new)] == ["R226"]
    old, new = "strategy: email", "strategy: {name: email, consistent: row}"
    assert _problems(folder, old, new) == []


def test_nobody_has_no_pseudonym_of_a_subject(folder: Path) -> None:
    assert _problems(folder, "subject: {kind: customer, key: id}", "subject: {nobody: a test}") == []
    old, new = "strategy: email", "strategy: {name: email, consistent: subject}"
    assert [code for code, _ in _problems(folder, old, new)] == ["R229"]
