"""The generated reference is current, and the list of error codes complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from retention.cli.reference import cli_markdown
from retention.policy.statute_reference import statutes_markdown

ROOT = Path(__file__).resolve().parents[3]
CODE = re.compile(r"\bR[0-9]{3}\b")


def test_the_reference_of_the_command_line_is_current() -> None:
    assert (ROOT / "docs/reference/cli.md").read_text() == cli_markdown(), "run `python -m retention.cli`"


def test_the_page_of_the_catalogue_is_current() -> None:
    page = (ROOT / "docs/reference/statutes.md").read_text(encoding="utf-8")
    assert page == statutes_markdown(ROOT / "retention_rules"), "run `python -m retention.policy`"
    assert "119 entries of 27 jurisdictions; 13 need a decision" in page


def test_every_error_code_is_documented_and_none_that_does_not_exist() -> None:
    documented = re.findall(r"^\| (R[0-9]{3}) \|", (ROOT / "docs/reference/errors.md").read_text(), re.MULTILINE)
    assert sorted({code for path in sources() for code in codes_in(path)}) == sorted(set(documented))
    twice = {code for code in documented if documented.count(code) > 1}
    assert twice <= {"R412", "R416"}, "a code has one meaning"


def sources() -> Iterator[Path]:
    for folder in ("retention", "plugins/retention_airflow", "anonymizers"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def codes_in(path: Path) -> Iterator[str]:
    """In what is said, docstrings left out: a text that is a code, or begins with one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            found = CODE.match(node.value)
            if found:
                yield found.group()


def test_the_rule_of_the_readme_is_the_one_that_is_tried() -> None:
    readme = (ROOT / "README.md").read_text()
    assert f"```yaml\n{(ROOT / 'docs/examples/event_signups.yaml').read_text()}```" in readme


def test_links_between_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
            assert "://" not in target, f"{document.name}: everything that it needs is here"
            assert (document.parent / target).exists(), f"{document.name} -> {target}"
