"""Worked examples of the catalogue of statutes: days that were counted by hand, and the page of them for counsel.

`python -m tests.worked_examples` writes docs/reference/worked-examples.md anew; run it at the top of the project.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from retention.model.statute import Statute, StatuteKind
from retention.policy.statutes import load_statutes
from retention.policy.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "tests" / "unit" / "policy" / "worked_examples"
PAGE = ROOT / "docs" / "reference" / "worked-examples.md"


class Missing(StrEnum):
    """Why an event has no day."""

    PENDING = "pending"  # it can still happen
    NEVER = "never"  # it did not happen and will not


Day: TypeAlias = date | datetime | Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedExample:
    """``goes_from`` None: the period is open, or there is none (``no_period`` says what is missing)."""

    jurisdiction: str
    statute: str
    case: str
    events: Mapping[str, Day]
    arithmetic: tuple[str, ...]
    fiscal_year_ends: str | None
    zone: str
    kept_through: date | None  # None: open, or gone at once
    goes_from: date | None
    no_period: str

    @property
    def days(self) -> tuple[date, ...]:
        """Of the events that have one."""
        return tuple(day for day in self.events.values() if not isinstance(day, Missing))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    jurisdiction: str
    title: str
    examples: tuple[WorkedExample, ...]


def read_chapters(folder: Path = EXAMPLES) -> tuple[Chapter, ...]:
    """One for each file, by the name of the jurisdiction. Raises KeyError and ValueError for what is malformed."""
    return tuple(sorted(map(_chapter, folder.glob("*.yaml")), key=lambda chapter: chapter.title))


def _chapter(path: Path) -> Chapter:
    data = read_yaml(path, path.name).data
    jurisdiction = str(data["jurisdiction"])
    if path.stem != jurisdiction:
        raise ValueError(f"{path.name} is about {jurisdiction}")
    examples = tuple(read_example(one, jurisdiction) for one in data["examples"])
    return Chapter(jurisdiction=jurisdiction, title=str(data["title"]), examples=examples)


def read_example(data: Mapping[str, Any], jurisdiction: str) -> WorkedExample:
    """Raises KeyError for a key that is missing, ValueError for a day that cannot be read."""
    decided = "no_period" not in data
    kept_through = data["kept_through"] if decided else None
    goes_from = data["goes_from"] if decided and kept_through != "open" else None
    return WorkedExample(
        jurisdiction=jurisdiction,
        statute=data["statute"],
        case=data["case"],
        events={name: _day(value) for name, value in data["events"].items()},
        arithmetic=tuple(data["arithmetic"]),
        fiscal_year_ends=data.get("fiscal_year_ends"),
        zone=data.get("zone", "UTC"),
        kept_through=kept_through if isinstance(kept_through, date) else None,
        goes_from=goes_from,
        no_period=data.get("no_period", ""),
    )


def _day(value: object) -> Day:
    if isinstance(value, date):
        return value
    text = str(value)
    return Missing(text) if text in set(Missing) else datetime.fromisoformat(text)


# -- the page --------------------------------------------------------------------------------------------------------

_HEAD = """\
# Worked examples of statutes

<!-- generated from tests/unit/policy/worked_examples; `python -m tests.worked_examples` writes it anew -->

How the periods of the catalogue (`retention_rules/statutes/`) are counted, for counsel to check: for each jurisdiction,
days that were worked out by hand from the citation, step by step. Tests compare each of them with what the program
says, so that this page cannot promise anything else than what happens. It is no legal advice, and signs nothing off.

A *minimum* must be kept through its last day, and may go from the next one. A *maximum* may be kept through its last
day, and must be gone on the next one. A *limitation* may be kept for claims through its last day. `->` reads "gives".
"""
_OUTCOMES = {
    StatuteKind.MINIMUM: "must be kept through {last}; may go from {first}",
    StatuteKind.LIMITATION: "may be kept for claims through {last}; goes from {first}",
    StatuteKind.MAXIMUM: "may be kept through {last}; must be gone from {first}",
    StatuteKind.RESPONSE_DEADLINE: "to be answered through {last}; late from {first}",
}


def worked_examples_markdown(chapters: Sequence[Chapter], statutes: Mapping[str, Statute]) -> str:
    """The text of docs/reference/worked-examples.md."""
    parts = [_HEAD]
    for chapter in chapters:
        parts.append(f"\n## {chapter.title} ({chapter.jurisdiction})")
        for statute in dict.fromkeys(one.statute for one in chapter.examples):
            parts.append(f"\n### {statute}\n\n{_about(statutes[statute])}")
            for one in chapter.examples:
                if one.statute == statute:
                    parts.extend(_lines(one, statutes[statute]))
    return "\n".join(parts) + "\n"


def _about(statute: Statute) -> str:
    whom = f" Binds {statute.applies_to}." if statute.applies_to else ""
    kind = str(statute.kind).replace("_", " ")
    return f"{kind[0].upper()}{kind[1:]}. {statute.citation}.{whom}"


def _lines(example: WorkedExample, statute: Statute) -> Iterator[str]:
    yield f"\n**{example.case[0].upper()}{example.case[1:]}**\n"
    yield f"- {_circumstances(example)}"
    yield from (f"- {step}" for step in example.arithmetic)
    yield f"- **{_outcome(example, statute)}**"


def _circumstances(example: WorkedExample) -> str:
    parts = [f"{name} {_shown(day)}" for name, day in example.events.items()]
    if example.fiscal_year_ends:
        parts.append(f"fiscal year to {example.fiscal_year_ends}")
    if example.zone != "UTC":
        parts.append(f"zone {example.zone}")
    return "; ".join(parts)


def _shown(day: Day) -> str:
    match day:
        case Missing.PENDING:
            return "has not happened yet"
        case Missing.NEVER:
            return "never happened"
        case datetime():
            return day.isoformat().replace("+00:00", "Z")
    return day.isoformat()


def _outcome(example: WorkedExample, statute: Statute) -> str:
    if example.no_period:
        return f"no period, until somebody has decided: {example.no_period}"
    if example.goes_from is None:
        return "open: it has no last day yet"
    if example.kept_through is None:
        return f"must be gone at once, on {example.goes_from}"
    return _OUTCOMES[statute.kind].format(last=example.kept_through, first=example.goes_from)


def write_page() -> None:
    """Write docs/reference/worked-examples.md."""
    statutes = load_statutes(ROOT / "retention_rules")
    PAGE.write_text(worked_examples_markdown(read_chapters(), statutes), encoding="utf-8")


if __name__ == "__main__":
    write_page()
