"""Strategies against the columns that they write to, with a registry of made-up strategies."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest

from retention.policy import load
from retention.policy.lint import strategies

BASE = Path(__file__).parents[2] / "corpus" / "base"


@dataclass(frozen=True)
class _Strategy:
    name: str
    unique: bool = False
    needs_null: bool = False
    longest: int | None = None
    params: Mapping[str, type] = field(default_factory=dict)
    output_kinds: frozenset[str] = frozenset({"text"})

    def max_length(self, params: Mapping[str, object]) -> int | None:
        value = params.get("value")
        return len(value) if isinstance(value, str) else self.longest


class _Registry:
    known: ClassVar = {
        strategy.name: strategy
        for strategy in (
            _Strategy("email", unique=True, longest=50),
            _Strategy("name", longest=80),
            _Strategy("null", needs_null=True),
            _Strategy("year"),
            _Strategy("suppress"),
            _Strategy("constant", params={"value": str, "times": int}),
        )
    }

    def names(self) -> list[str]:
        return list(self.known)

    def get(self, name: str) -> _Strategy:
        return self.known[name]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(strategies, "registry", _Registry)
    return Path(shutil.copytree(BASE, tmp_path / "retention_rules"))


def _problems(folder: Path, old: str, new: str) -> list[tuple[str, str]]:
    path = folder / "rules/crm/accounts.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [(problem.code, f"{problem.what}; {problem.remedy}") for problem in load(folder).problems]


def test_fitting_strategies_pass(folder: Path) -> None:
    assert load(folder).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("strategy: email", "strategy: emial", "R220", "did you mean 'email'? strategies: constant, email"),
        ("value: X", "valeu: X", "R221", "has no parameter 'valeu'; did you mean 'value'?"),
        ("value: X", "value: 7", "R221", "write a text"),
        ("value: X", "times: true", "R221", "write a whole number"),
        ("value: X", "value: long", "R227", "writes up to 4 characters, and accounts.initials holds 3 (VARCHAR(3))"),
        ("strategy: email", 'strategy: "null"', "R225", "accounts.email is NOT NULL"),
        ("strategy: email", "strategy: suppress", "R226", "accounts(email) is unique; choose a strategy whose"),
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


def test_a_unique_column_with_several_rows_per_subject_must_not_be_consistent_for_the_subject(folder: Path) -> None:
    old, new = "subject: {kind: customer, key: id}", "subject: {kind: customer, key: country}"
    assert [code for code, _ in _problems(folder, old, new)] == ["R226"]
    old, new = "strategy: email", "strategy: {name: email, consistent: row}"
    assert _problems(folder, old, new) == []


def test_nobody_has_no_pseudonym_of_a_subject(folder: Path) -> None:
    assert _problems(folder, "subject: {kind: customer, key: id}", "subject: {nobody: a test}") == []
    old, new = "strategy: email", "strategy: {name: email, consistent: subject}"
    assert [code for code, _ in _problems(folder, old, new)] == ["R229"]
