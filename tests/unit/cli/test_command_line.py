"""How the command line takes what is typed: names, global options, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from retention import __version__
from retention.cli.main import main

DATASETS = """\
version: 1
datasets:
  crm: {title: Customers, url_from_environment: RETENTION_CRM_URL, owner: privacy@northgate.example}
  billing: {title: Billing, url_from_environment: RETENTION_BILLING_URL, owner: privacy@northgate.example}
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "datasets.yaml").write_text(DATASETS)
    for name in ("RETENTION_RULES", "RETENTION_HOME", "RETENTION_CRM_URL", "RETENTION_CONTROL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_unknown_dataset_lists_the_valid_ones(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rules", str(rules), "init", "warehouse"]) == 2
    said = capsys.readouterr().err
    assert "R303" in said and "billing" in said and "crm" in said
    assert not (rules / ".retention").exists(), "nothing was written"


def test_a_missing_address_names_the_variable(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshot", "crm", "--rules", str(rules)]) == 2
    said = capsys.readouterr().err
    assert "R320" in said and "RETENTION_CRM_URL" in said
    assert not (rules / "snapshots").exists()


@pytest.mark.parametrize(
    "arguments", [["--json", "--rules", ".", "init", "nix"], ["init", "nix", "--rules=.", "--json"]]
)
def test_global_options_stand_before_the_verb_or_after_it(
    rules: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["data"], document["errors"][0]["code"]) == ("init", None, "R303")


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["plan"], ["run", "crm", "--nix"], ["hold", "place", "customer:1"]]
)
def test_what_cannot_be_understood_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Error" in capsys.readouterr().err
    assert main([*arguments, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["errors"][0]["code"] == "R001"


@pytest.mark.parametrize("text", ["yesterday", "2026-07-01", "2026-07-01T00:00:00"])
def test_an_instant_needs_a_zone(rules: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "crm", "--as-of", text]) == 2
    assert "R411" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["crm", "--resume", "x"], ["--resume", "x", "--plan-only"]])
def test_a_run_is_new_or_goes_on(rules: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *arguments]) == 2
    assert "R002" in capsys.readouterr().err


def test_a_key_file_is_never_overwritten(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "new", "--file", "key"]) == 0
    first = Path("key").read_text()
    assert Path("key").stat().st_mode & 0o777 == 0o600
    assert first.strip() not in capsys.readouterr().out
    assert main(["key", "new", "--file", "key"]) == 2
    assert "R346" in capsys.readouterr().err
    assert Path("key").read_text() == first


def test_the_version_is_said_without_the_engine() -> None:
    """So that --help and --version are fast: neither imports what the use cases need."""
    code = (
        "import sys; from retention.cli.main import main; code = main(['--version']);"
        "assert not {'sqlalchemy', 'pydantic', 'cryptography', 'faker', 'jinja2'} & set(sys.modules), sys.modules;"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"retention {__version__}\n", "")
