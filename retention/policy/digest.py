"""The canonical form of a rule, with defaults expanded, and its digest: equal exactly when the rules are equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from retention.model.choice import PeriodColumn, Tiers
from retention.model.clause import Clause
from retention.model.condition import All, Compare, Not
from retention.model.condition import Any as AnyOf
from retention.model.period import Period
from retention.model.rule import ColumnUse, Keep, Relationship, Replace, Rule
from retention.model.schema import Column, Table
from retention.model.starting_point import ColumnEvent, RelationshipEnd, SeveralEvents, UnknownStart

# Values that can stand in for one another carry a tag; the tags, not the names of classes, are pinned.
TAGS: dict[type, str] = {
    Compare: "compare",
    All: "all",
    AnyOf: "any",
    Not: "not",
    ColumnEvent: "column",
    RelationshipEnd: "relationship_end",
    SeveralEvents: "several",
    UnknownStart: "unknown",
    PeriodColumn: "period_column",
    Tiers: "tiers",
    Replace: "replace",
    Keep: "keep",
}
# Limits and approvals stop a run; they decide nothing. Raising limits for once must not make a rule a new one.
_NOT_OF_THE_RULE = frozenset({"source", "digest", "limits", "approval"})
# Fields that came later are left out where they say nothing: an upgrade must not make every rule a new one.
_LATER: dict[type, frozenset[str]] = {
    Clause: frozenset({"counsel", "counting", "needs", "open_while", "statute", "unsigned", "varies"}),
    Column: frozenset({"values"}),
    ColumnUse: frozenset({"elsewhere"}),
    Compare: frozenset({"via"}),
    Relationship: frozenset({"told", "start"}),
    Table: frozenset({"checks"}),
    Rule: frozenset({"companions", "element_of", "needed_by", "settled"}),
}


def rule_document(rule: Rule) -> dict[str, Any]:
    """The rule as JSON values, defaults expanded; without its place in a file, its digest, its limits
    and its approval."""
    document = canonical(rule)
    return {key: value for key, value in document.items() if key not in _NOT_OF_THE_RULE}


def rule_digest(rule: Rule) -> str:
    """SHA-256 in lower-case hex over the canonical JSON of the rule."""
    return digest_of(rule_document(rule))


def digest_of(document: object) -> str:
    """SHA-256 in lower-case hex over JSON with sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(value: object) -> Any:
    """JSON values of a value of the model. Dates and decimals are tagged: 2024-01-01 is not "2024-01-01"."""
    match value:
        case Period():
            return str(value)
        case Enum():
            return value.value
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case Mapping():
            return {str(key): canonical(item) for key, item in value.items()}
        case tuple() | list():
            return [canonical(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        later = _LATER.get(type(value), frozenset())
        said = [field.name for field in fields(value) if field.name not in later or getattr(value, field.name)]
        document = {name: canonical(getattr(value, name)) for name in said}
        return {"is": TAGS[type(value)], **document} if type(value) in TAGS else document
    return value
