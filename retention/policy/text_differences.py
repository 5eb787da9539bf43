"""Where two texts of a rule differ, in the words of the recorded form; what decides nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from retention.model.rule_text import RuleText
from retention.policy.digest import canonical

_NAMES = ("id", "column", "table")  # by which the parts of a list are told apart
_NOT_THERE = object()
_MOST = 5  # differences in one remark


def differences(earlier: RuleText, present: RuleText) -> tuple[str, ...]:
    """``rule.clauses.visit.period: P20Y -> P25M``, in order; a part that only one of them has says *none* once."""
    names = [field.name for field in fields(RuleText) if field.name != "digest"]
    return tuple(
        line
        for name in names
        for line in _between(name, canonical(getattr(earlier, name)), canonical(getattr(present, name)))
    )


def differing(found: Sequence[str]) -> str:
    """The first few of them, in one line."""
    return "; ".join(found[:_MOST]) + (f"; and {len(found) - _MOST} more" if len(found) > _MOST else "")


def _between(path: str, one: Any, other: Any) -> Iterator[str]:
    if one == other:
        return
    parts, others = _parts(one), _parts(other)
    if parts is None or others is None:
        yield f"{path}: {_said(one)} -> {_said(other)}"
        return
    for name in dict.fromkeys((*parts, *others)):
        yield from _between(f"{path}.{name}", parts.get(name, _NOT_THERE), others.get(name, _NOT_THERE))


def _parts(value: Any) -> dict[str, Any] | None:
    """By name; None for what has no parts that can be told apart."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    named = {_name(item): item for item in value}
    return named if len(named) == len(value) and "" not in named else None


def _name(item: dict[str, Any]) -> str:
    return next((str(item[name]) for name in _NAMES if isinstance(item.get(name), str)), "")


def _said(value: Any) -> str:
    if value is _NOT_THERE or value in (None, ""):
        return "none"
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
