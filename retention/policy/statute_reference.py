"""The page of the catalogue: docs/reference/statutes.md."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from retention.model.statute import Statute
from retention.model.statute_words import counted_in_words, in_force_in_words, plain, start_in_words
from retention.policy.statutes import load_statutes

_HEAD = """\
# Reference: the catalogue of statutes

<!-- generated from retention_rules/statutes; `python -m retention.policy` writes it anew -->

Facts, gathered with care, and no legal advice. Counsel signs off an entry before a rule lets anything go by it:
`retention statutes show ID` says the text that a sign-off quotes ([for legal](../legal.md)). One that *needs a
decision* cannot be used by a rule. V1: the wording was seen; V2: seen in a secondary source; M: from memory. Days are
counted by hand in the [worked examples](worked-examples.md).
"""


def statutes_markdown(rules_dir: Path) -> str:
    """Of the catalogue in the folder of the rules. Raises RetentionError for what cannot be read."""
    catalogue = sorted(load_statutes(rules_dir).values(), key=lambda one: (one.jurisdiction, one.id))
    undecided = sum(bool(one.needs_decision) for one in catalogue)
    countries = len({one.jurisdiction for one in catalogue})
    parts = [_HEAD, f"{len(catalogue)} entries of {countries} jurisdictions; {undecided} need a decision.\n"]
    for jurisdiction, entries in groupby(catalogue, key=lambda one: one.jurisdiction):
        parts.append(f"## {jurisdiction}\n")
        parts.extend("\n".join(_entry(one)) + "\n" for one in entries)
    return "\n".join(parts)


def _entry(one: Statute) -> Iterator[str]:
    yield f"### {one.id}\n"
    yield f"{one.citation}. {plain(one.kind).capitalize()} by {plain(one.force)}, {one.confidence.value}.\n"
    said = {
        "categories": ", ".join(one.categories),
        "binds": one.applies_to,
        "runs from": start_in_words(one),
        "counted": counted_in_words(one),
        "open while": one.open_while,
        "in force": in_force_in_words(one),
        "supersedes": ", ".join(one.supersedes),
        "signed off": "yes" if one.signed else "no",
        "note": one.note,
    }
    yield "| | |\n|---|---|"
    for name, words in said.items():
        if words:
            yield f"| {name} | {words.replace('|', '/').replace(chr(10), ' ').strip()} |"
