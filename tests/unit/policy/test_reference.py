"""The generated pages are current, and every example in them loads."""

import json
from pathlib import Path

import pytest

from retention.policy import reference_markdown
from retention.policy.documents.base import Document
from retention.policy.reference import CHAPTERS, example_of
from retention.policy.schema_document import rule_schema, rule_schema_text
from retention.policy.validate import validate
from retention.policy.yaml_text import parse_yaml

_DOCS = Path(__file__).parents[3] / "docs" / "reference"
_EXAMPLES = [document for documents in CHAPTERS.values() for document in documents if example_of(document)]


@pytest.mark.parametrize("document", _EXAMPLES, ids=lambda document: document.__name__)
def test_each_example_of_the_reference_loads(document: type[Document]) -> None:
    example = example_of(document)
    assert example is not None
    validate(document, parse_yaml(example, "example"))


@pytest.mark.parametrize(
    ("name", "text"), [("rules.md", reference_markdown()), ("rule.schema.json", rule_schema_text())]
)
def test_the_committed_page_is_current(name: str, text: str) -> None:
    committed = (_DOCS / name).read_text(encoding="utf-8")
    assert committed == text, "write it anew: python -m retention.policy"


def test_the_json_schema_accepts_the_rules_of_the_corpus_base() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(rule_schema())
    for path in (Path(__file__).parents[2] / "corpus" / "base" / "rules").glob("*/*.yaml"):
        data = parse_yaml(path.read_text(encoding="utf-8"), path.name).data
        assert [error.message for error in validator.iter_errors(_plain(data))] == []


def test_the_json_schema_refuses_an_unknown_key() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    errors = [error.message for error in jsonschema.Draft202012Validator(rule_schema()).iter_errors({"tabel": "x"})]
    assert any("tabel" in message for message in errors)


def _plain(data: object) -> object:
    return json.loads(json.dumps(data, default=float))
