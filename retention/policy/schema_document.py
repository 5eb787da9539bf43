"""The JSON Schema of rule files, for editors."""

from __future__ import annotations

import json
from typing import Any

from retention.policy.documents.rule import RuleDocument


def rule_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a rule file, generated from the documents."""
    schema = RuleDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Retention rule"}


def rule_schema_text() -> str:
    """The text of docs/reference/rule.schema.json."""
    return json.dumps(rule_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
