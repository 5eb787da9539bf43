"""What a proposed rule leaves to a person: a marker that no rule can be read with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from retention.policy.finding import Finding
from retention.policy.yaml_text import KeyPath, Parsed

TO_DECIDE = "TO_DECIDE"

_REMEDIES = {
    "period": "write how long: P6Y, P18M or P90D; the law or the controller says it, no program can",
    "basis": "write why: the law with its article, or the reason of the controller",
    "start": "write the time column from which the period runs, or relationship_end and a relationship",
    "subject": 'write {kind: customer, key: customer_id}, or {nobody: "why"}: legal holds find the rows by it',
    "strategy": "write the name of a strategy (docs/reference/rules.md), or `keep: why it may stay`",
}
_NAMED = {"name": "strategy", "column": "start"}  # the long forms: strategy: {name: ..}, start: {column: ..}


def undecided(parsed: Parsed) -> Iterator[Finding]:
    """Each place of a rule file where the marker still stands. Constants of conditions may be that word."""
    for path in _marked(parsed.data, ()):
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        key = _NAMED.get(key, key)
        if key in _REMEDIES:
            words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
            yield Finding(code="R540", at=parsed.at(*path), what=f"{words} is not decided yet", remedy=_REMEDIES[key])


def _marked(value: Any, path: KeyPath) -> Iterator[KeyPath]:
    if value == TO_DECIDE:
        yield path
    children: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from _marked(inner, (*path, key))
