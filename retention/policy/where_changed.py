"""Where in its file a rule says what it did not say before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from retention.model.dataset import Source
from retention.model.errors import RetentionError
from retention.model.rule import Rule
from retention.policy.clauses import PLURAL
from retention.policy.finding import Refused
from retention.policy.yaml_text import KeyPath, Parsed, read_yaml


def where_changed(rule: Rule, rules_dir: Path, found: Sequence[str]) -> Source:
    """``found``: differences of its recorded forms (retention.policy.text_differences). The place of the first that
    stands in the file; of one that says nothing there any more, the rule's own."""
    try:
        text = read_yaml(rules_dir / rule.source.file, rule.source.file)
    except (Refused, RetentionError):
        return rule.source
    for difference in found:
        for path in _paths(text, difference.partition(":")[0].split(".")[1:]):
            if path in text.lines:
                return text.at(*path)
    return rule.source


def _paths(text: Parsed, words: Sequence[str]) -> Iterator[KeyPath]:
    """The longest first."""
    match words:
        case ["clauses", name, *rest]:
            for path in _clauses(text.data, name.partition("/")[2] or name):
                yield from ((*path, *rest[:1]), path)
        case [key, *rest]:
            yield from ((key, *rest[:1]), (key,))


def _clauses(data: Mapping[str, Any], name: str) -> Iterator[KeyPath]:
    """Of the rule, then of its element groups. Behind the name may stand a statute."""
    holders: list[tuple[KeyPath, Mapping[str, Any]]] = [((), data)]
    holders += [(("elements", place), one) for place, one in enumerate(data.get("elements", ()))]
    for prefix, holder in holders:
        for key in PLURAL.values():
            for position, entry in enumerate(holder.get(key, ())):
                if entry.get("id") == name.partition(":")[0]:
                    yield (*prefix, key, position)
