"""What the program says of statutes on rows: each example becomes a clause of a rule that is loaded like any other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from retention.model.clause import Clause
from retention.model.rule import Rule
from retention.model.statute import Statute, StatuteKind
from retention.planning.counting import kept_through
from retention.planning.events import leaf_of
from retention.planning.facts import RowFacts
from retention.planning.leaves import Leaf, Moment
from retention.policy import load_or_refuse
from tests.worked_examples import ROOT, Missing, WorkedExample

_LISTS = {
    StatuteKind.MINIMUM: "floors",
    StatuteKind.LIMITATION: "purposes",
    StatuteKind.MAXIMUM: "ceilings",
}
_DAYS = [f"day_{place}" for place in range(4)]  # as many as the events of any statute, and one more
_INSTANTS = [f"at_{place}" for place in range(4)]
_COLUMNS = {
    "id": "INTEGER NOT NULL",
    **dict.fromkeys(_DAYS, "DATE"),
    **dict.fromkeys(_INSTANTS, "TIMESTAMP WITH TIME ZONE"),
}
_NOON = time(12, tzinfo=UTC)  # of the same day in every zone of the examples
_DATASETS = (
    "version: 1\ndatasets: {books: {title: Books, url_from_environment: BOOKS_URL, owner: books@northgate.example}}\n"
)


def in_a_rule(statute: Statute) -> bool:
    """Whether a rule may refer to it: a deadline is nobody's clause, and a closed text is no law any more."""
    return statute.kind in _LISTS and statute.effective_to is None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedExample:
    """One example on its row, as of any day."""

    example: WorkedExample
    clause: Clause
    rule: Rule

    def leaf(self, day: date) -> Leaf:
        row: dict[str, object] = dict.fromkeys(_COLUMNS)
        for place, happened in enumerate(self.example.events.values()):
            if not isinstance(happened, Missing):
                row[_column(place, happened)] = happened
        moment = Moment(instant=datetime.combine(day, _NOON), zone=self.example.zone)
        return leaf_of(self.clause, self.rule, RowFacts(row=row), moment)


def judged(examples: Sequence[WorkedExample], statutes: dict[str, Statute], folder: Path) -> list[JudgedExample]:
    """In the order of the examples. Raises RetentionError where the program refuses them."""
    write_rules(examples, statutes, folder)
    found = {clause.id: (clause, rule) for rule in load_or_refuse(folder).rules for clause in rule.clauses}
    told = [(example, *found[f"x{number}"]) for number, example in enumerate(examples)]
    return [JudgedExample(example=example, clause=clause, rule=rule) for example, clause, rule in told]


def write_rules(examples: Sequence[WorkedExample], statutes: dict[str, Statute], folder: Path) -> None:
    """A folder with the catalogue, and for each kind of statute a rule with a clause for each example. Each kind has a
    table of its own: on one, the ceilings of one country would end before the floors of another. JSON is YAML, too."""
    shutil.copytree(ROOT / "retention_rules" / "statutes", folder / "statutes")
    clauses: dict[str, list[object]] = {}
    for number, example in enumerate(examples):
        statute = statutes[example.statute]
        clauses.setdefault(_LISTS[statute.kind], []).append(_entry(f"x{number}", example, statute))
    tables = {name: {"columns": _COLUMNS, "primary_key": ["id"]} for name in clauses}
    snapshot = {"version": 1, "dataset": "books", "dialect": "postgresql", "tables": tables}
    written = {f"rules/books/{name}.yaml": _rule(name, entries) for name, entries in clauses.items()}
    (folder / "datasets.yaml").write_text(_DATASETS)
    for name, content in (written | {"snapshots/books.yaml": snapshot}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content))


def _rule(name: str, entries: list[object]) -> dict[str, object]:
    return {
        "version": 1, "id": f"books.{name}", "title": "Records", "dataset": "books", "cluster": "records",
        "table": name, "subject": {"nobody": "examples"}, "disposition": "delete", name: entries,
        "columns": {column: "key" if column == "id" else "date" for column in _COLUMNS},
    }  # fmt: skip


def _entry(name: str, example: WorkedExample, statute: Statute) -> dict[str, object]:
    entry: dict[str, object] = {"id": name, "statute": example.statute}
    if example.fiscal_year_ends:
        entry["fiscal_year_ends"] = example.fiscal_year_ends
    told = {event: _column(place, happened) for place, (event, happened) in enumerate(example.events.items())}
    if statute.which is None:
        (column,) = told.values()
        return entry | {"start": column}
    nulls = {
        event: happened if isinstance(happened, Missing) else "unknown" for event, happened in example.events.items()
    }
    return entry | {"starts": {event: {"column": told[event], "when_null": nulls[event]} for event in told}}


def _column(place: int, happened: object) -> str:
    return f"at_{place}" if isinstance(happened, datetime) else f"day_{place}"


def last_day_by_the_catalogue(example: WorkedExample, statute: Statute) -> date | None:
    """Of a deadline or a closed text: the latest of its events' last days, by its own terms."""
    assert statute.terms is not None
    ends = [kept_through(day, statute.terms) for day in example.days]
    return max(end for end in ends if end is not None)
