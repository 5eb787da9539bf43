"""What lint found, in the forms that programs read: SARIF, annotations of GitHub, JSON."""

import json
from pathlib import Path

import pytest

from retention.cli.lint_forms import Found, annotation
from retention.cli.main import main
from retention.model.errors import Problem
from retention.policy import load
from retention.policy.yaml_text import parse_yaml

DATASETS = """\
version: 1
datasets:
  crm: {title: Customers, url_from_environment: RETENTION_CRM_URL, owner: a@b.example}
  web: {title: Web, url_from_environment: RETENTION_WEB_URL, owner: a@b.example}
"""
RULE = "version: 1\nid: crm.people\nspeling: x\nzone: Nowhere/Land\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two problems in a folder with a space in its name, and a remark: the dataset web has no snapshot."""
    folder = tmp_path / "our rules"
    file = folder / "rules" / "crm" / "people.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(RULE)
    (folder / "datasets.yaml").write_text(DATASETS)
    monkeypatch.delenv("RETENTION_RULES", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(["lint", *arguments]) == 2
    return capsys.readouterr().out


def test_sarif_names_file_line_column_rule_and_help(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = json.loads(said(capsys, "--rules", "our rules", "--format", "sarif"))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (run,) = log["runs"]
    results = {one["ruleId"]: one for one in run["results"]}
    assert {"R106", "R111", "R117"} <= set(results)
    key = results["R106"]
    assert key["level"] == "error"
    assert "'speling'" in key["message"]["text"] and "what to do: " in key["message"]["text"]
    (place,) = key["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "our%20rules/rules/crm/people.yaml", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 3, "startColumn": 1},
    }
    assert {one["level"] for one in run["results"] if one["ruleId"] == "R117"} == {"error", "warning"}
    for result in run["results"]:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"].startswith(f"{rule['id']}: ")
    helps = {rule["id"]: rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert helps["R106"] == "a key is not known here; the message names the nearest", "as in the reference of errors"
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{folder.parent.as_uri()}/"


def test_a_folder_elsewhere_is_named_in_full(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "rules")
    for rules in ("..", str(folder)):
        log = json.loads(said(capsys, "--rules", rules, "--format", "sarif"))
        uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in log["runs"][0]["results"]}
        assert f"{folder.as_uri()}/datasets.yaml" in uris


def test_annotations_are_lines_of_one_command_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "--rules", str(folder), "--format", "github").splitlines()
    at = "file=our rules/rules/crm/people.yaml"
    assert any(line.startswith(f"::error {at},line=3,col=1,title=R106::the key 'speling'") for line in lines)
    assert any(line.startswith("::warning file=our rules/datasets.yaml,line=4,col=3,title=R117::") for line in lines)
    assert all(line.startswith(("::error ", "::warning ")) and "%0Awhat to do: " in line for line in lines)


def test_what_would_end_a_command_early_is_escaped() -> None:
    problem = Problem(code="R1", what="100 %\r\na: b, c", where="x", remedy="::error::")
    found = Found(problem=problem, remark=False, path=Path("a:b,c%d.yaml"), line=7)
    assert annotation(found) == (
        "::error file=a%3Ab%2Cc%25d.yaml,line=7,col=1,title=R1::100 %25%0D%0Aa: b, c%0Awhat to do: ::error::"
    )


def test_json_has_the_place_in_parts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_format = json.loads(said(capsys, "--rules", str(folder), "--format", "json"))
    assert by_format == json.loads(said(capsys, "--rules", str(folder), "--json"))
    zone = next(one for one in by_format["data"]["problems"] if one["code"] == "R111")
    assert (zone["where"], zone["line"], zone["column"]) == ("rules/crm/people.yaml:4", 4, 1)
    assert zone["file"] == "our rules/rules/crm/people.yaml"


def test_the_text_says_file_line_and_column(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "--rules", "our rules")
    assert "our rules/rules/crm/people.yaml:3:1: R106 the key 'speling'" in text
    assert "our rules/datasets.yaml:4:3: remark R117 " in text


BASE = Path(__file__).parents[2] / "corpus" / "base"


@pytest.mark.parametrize("file", sorted(path.relative_to(BASE) for path in BASE.rglob("*.yaml")), ids=str)
def test_every_key_is_found_where_it_stands(file: Path) -> None:
    text = (BASE / file).read_text(encoding="utf-8")
    parsed = parse_yaml(text, str(file))
    keys = [path for path in parsed.lines if path and isinstance(path[-1], str)]
    assert keys
    for path in keys:
        at = parsed.at(*path)
        there = text.splitlines()[at.line - 1][at.column - 1 :]
        assert there.lstrip("\"'").startswith(str(path[-1])), path


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a: [1, 2\nb: 3\n", 2, 2), ("a: 1\nb: 2\n  a: {b: &x 1}\n", 3, 4), ("a: 1\nb: {c: 1, c: 2}\n", 2, 11)],
)
def test_what_is_no_yaml_has_a_column(tmp_path: Path, text: str, line: int, column: int) -> None:
    (tmp_path / "datasets.yaml").write_text(text)
    (problem,) = load(tmp_path).problems
    assert (problem.where, problem.column) == (f"datasets.yaml:{line}", column)
