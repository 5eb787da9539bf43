"""`retention statutes list | show`: what counsel looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.shell import Shell

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("RETENTION_RULES", str(ROOT / "retention_rules"))
    return Shell(tmp_path, capsys)


def _ids(shell: Shell, *options: str) -> list[str]:
    return [one["id"] for one in shell("statutes", "list", *options, "--json").data["statutes"]]


def test_the_list_is_narrowed_by_each_of_its_options(shell: Shell) -> None:
    assert len(_ids(shell)) == 119
    assert len(_ids(shell, "--needs-decision")) == 13
    assert {"in-dpdp-8-3", "in-dpdp-8-1"} <= set(_ids(shell, "--jurisdiction", "IN"))
    german = _ids(shell, "--jurisdiction", "DE", "--kind", "limitation")
    assert {"de-bgb195-199", "de-bgb199-longstop-10", "de-bgb199-longstop-30"} <= set(german)
    assert all(name.startswith("de-") for name in german)
    assert "at-bao-132" in _ids(shell, "--category", "invoices_tax")
    assert "de-applicants-max" not in _ids(shell, "--category", "invoices_tax")


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--jurisdiction", "DEE", "did you mean 'DE'?"),
        ("--category", "invoice_tax", "did you mean 'invoices_tax'?"),
        ("--kind", "floor", "limitation, maximum, minimum, response_deadline"),
    ],
)
def test_a_name_that_is_not_there_lists_those_that_are(shell: Shell, option: str, value: str, hint: str) -> None:
    said = shell("statutes", "list", option, value)
    assert (said.code, "R510" in said.err, hint in said.err) == (2, True, True), said.err


def test_show_says_what_a_sign_off_quotes(shell: Shell) -> None:
    said = shell.ok("statutes", "show", "de-ao147-letters")
    digest = shell("statutes", "show", "de-ao147-letters", "--json").data["text"]
    assert "moved to the end of its calendar year, + 6 years" in said
    assert f'statute: de-ao147-letters, text: "{digest[:12]}"' in " ".join(said.split())
    unknown = shell("statutes", "show", "de-ao147-leters")
    assert (unknown.code, "did you mean 'de-ao147-letters'?" in unknown.err) == (2, True)
