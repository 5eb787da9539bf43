"""The text of a rule as it is recorded: canonical JSON, and back. What is recorded today is read by later releases."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from retention.model.condition import All, Compare, Not
from retention.model.condition import Any as AnyOf
from retention.model.dataset import DeclaredReference, Source
from retention.model.period import Period
from retention.model.rule import Rule, RuleSet
from retention.model.rule_text import RuleText
from retention.model.starting_point import ColumnEvent, RelationshipEnd, SeveralEvents, UnknownStart
from retention.planning.reliance import judged_by
from retention.policy.digest import TAGS, canonical, digest_of, rule_document

_TAGGED = {tag: kind for kind, tag in TAGS.items()}
_ALIASES = {
    "Condition": Compare | All | AnyOf | Not,
    "SingleEvent": ColumnEvent | RelationshipEnd,
    "Event": ColumnEvent | RelationshipEnd | SeveralEvents | UnknownStart,
}
_NOWHERE = Source(file="", line=1)


def recorded(rule: Rule, rules: RuleSet, lead: Period) -> tuple[str, str]:
    """The text of a rule of ``rules`` (JSON with sorted keys), and its digest."""
    schema = rules.schemas[rule.dataset]
    references = [
        DeclaredReference(table=other.name, columns=key.columns, refers_to=table, referred_columns=key.referred_columns)
        for table in rule.tables
        for other, key in schema.referring_to(table)
        if not key.declared
    ]
    columns = {(table, name) for table, names in judged_by(rule).items() for name in names}
    found = {(table, name): schema.tables[table].column(name) for table, name in columns if table in schema.tables}
    document = {
        "rule": rule_document(rule),
        "lead": canonical(lead),
        "references": canonical(references),
        "types": {f"{table}.{name}": column.type for (table, name), column in found.items() if column is not None},
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text, digest_of_text(text)


def digest_of_text(text: str) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_text(text: str) -> RuleText:
    """What ``recorded`` was given. Raises ValueError for what this release cannot read in full."""
    document = json.loads(text)
    rule = {"source": canonical(_NOWHERE), "limits": None, "digest": digest_of(document["rule"]), **document["rule"]}
    return RuleText(
        rule=_read(Rule, rule),
        lead=_read(Period, document["lead"]),
        references=_read(tuple[DeclaredReference, ...], document["references"]),
        types=_read(Mapping[str, str], document["types"]),
        digest=digest_of_text(text),
    )


def _read(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return _read_one_of(get_args(kind), value)
    if kind is Period:
        return Period.parse(value)
    if kind is date:
        return date.fromisoformat(value["date"])
    if get_origin(kind) is tuple:
        of = get_args(kind)
        items = of[:1] * len(value) if of[-1] is Ellipsis else of
        return tuple(_read(item, part) for item, part in zip(items, value, strict=True))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_fields(kind, value)
    if get_origin(kind) is not None and isinstance(value, dict):
        return {key: _read(get_args(kind)[1], item) for key, item in value.items()}
    if not isinstance(value, kind):
        raise ValueError(f"{type(value).__name__} where {kind.__name__} is expected")
    return value


def _read_one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    match value:
        case {"is": tag}:
            return _read_fields(_TAGGED[tag], value)
        case {"decimal": number}:
            return Decimal(number)
        case {"date": day}:
            return date.fromisoformat(day)
    others = [kind for kind in kinds if kind is not type(None)]
    return _read(others[0], value) if len(others) == 1 else value


def _read_fields(kind: type, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind, localns=_ALIASES)
    known = {field.name: field for field in fields(kind)}
    if unknown := value.keys() - known.keys() - {"is"}:
        raise ValueError(f"a later release recorded {', '.join(sorted(unknown))}")
    missing = [
        name
        for name, field in known.items()
        if name not in value and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise ValueError(f"{', '.join(missing)} is missing")
    return kind(**{name: _read(hints[name], value[name]) for name in known if name in value})
