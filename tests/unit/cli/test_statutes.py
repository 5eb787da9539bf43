"""`retention statutes`: what counsel looks at, and the text that a sign-off gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retention.cli.main import main

GERMANY = """\
version: 1
jurisdiction: DE
statutes:
  - id: de-letters
    kind: minimum
    categories: [communications, support_ticket]
    start: letter_sent
    align: calendar_year
    period: P6Y
    citation: AO s.147(3)
    confidence: V2
    sources: [a restatement]
  - id: de-claims
    kind: limitation
    categories: [contract]
    start: {latest_of: [claim_arose, {event: creditor_knew, period: [P1D, P3Y], first_day_counts: true}]}
    period: P10Y
    business_days: DE
    citation: BGB s.199
    confidence: V1
    sources: [the text]
  - id: de-tax
    kind: maximum
    categories: [invoices]
    start: tax_due
    needs_decision: say which tax is meant
    citation: AO s.1
    confidence: M
    sources: [none was found]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "statutes").mkdir()
    (tmp_path / "statutes" / "de.yaml").write_text(GERMANY)
    return tmp_path


def told(rules: Path, capture: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["statutes", *arguments, "--rules", str(rules), "--json"]) == 0
    return json.loads(capture.readouterr().out)["data"]


def ids(rules: Path, capture: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [one["id"] for one in told(rules, capture, "list", *arguments)["statutes"]]


def test_the_list_is_narrowed(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ids(rules, capsys) == ["de-letters", "de-claims", "de-tax"]
    assert ids(rules, capsys, "--category", "contract") == ["de-claims"]
    assert ids(rules, capsys, "--kind", "minimum") == ["de-letters"]
    assert ids(rules, capsys, "--needs-decision") == ["de-tax"]
    assert main(["statutes", "list", "--jurisdiction", "AT", "--rules", str(rules)]) == 2
    assert "R510" in capsys.readouterr().err


def test_a_sign_off_gives_the_text_that_is_shown(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["statutes", "show", "de-letters", "--rules", str(rules)]) == 0
    shown = capsys.readouterr().out
    assert "AO s.147(3)" in shown
    assert "moved to the end of its calendar year, + 6 years" in shown
    text = shown.partition('text: "')[2][:12]
    signed = f'{{statute: de-letters, text: "{text}", by: A. Reed, on: 2026-02-01, reference: opinion 7}}'
    (rules / "statutes" / "sign_offs.yaml").write_text(f"version: 1\nsign_offs:\n  - {signed}\n")
    assert ids(rules, capsys, "--unsigned") == ["de-claims", "de-tax"]
    assert told(rules, capsys, "show", "de-letters")["sign_off"] == {
        "by": "A. Reed",
        "on": "2026-02-01",
        "reference": "opinion 7",
    }
    assert main(["statutes", "show", "de-letters", "--rules", str(rules)]) == 0
    assert "by A. Reed on 2026-02-01, opinion 7" in capsys.readouterr().out


def test_how_it_is_counted_is_said_in_words(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = told(rules, capsys, "show", "de-claims")
    assert (claims["which"], claims["events"]) == ("latest", ["claim_arose", "creditor_knew"])
    assert claims["counted"] == (
        "+ 10 years, moved to the next business day (DE); from creditor_knew: + 1 day, + 3 years, "
        "the day on which the last period begins counts as its first"
    )
    assert told(rules, capsys, "show", "de-tax")["counted"] == "needs a decision: say which tax is meant"


def test_an_unknown_statute_names_the_nearest(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["statutes", "show", "de-leters", "--rules", str(rules)]) == 2
    said = capsys.readouterr().err
    assert "R160" in said and "did you mean 'de-letters'?" in said


def test_a_catalogue_that_cannot_be_read_is_refused(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rules / "statutes" / "de.yaml").write_text(GERMANY.replace("P6Y", "P6X"))
    assert main(["statutes", "list", "--rules", str(rules)]) == 2
    assert "R110" in capsys.readouterr().err
