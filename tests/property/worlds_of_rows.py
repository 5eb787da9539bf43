"""Rows of the table ``t`` and of those around it, with what decide() must be told of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, text

from retention.model.hold import HoldClass
from retention.model.join import Lookup
from retention.model.rule import Action, Missing, Rule, SubjectPath
from retention.model.starting_point import Stored, TimeColumn, times_of
from retention.model.terms import Terms
from retention.planning import calendar
from retention.planning.counting import passed_days
from retention.planning.facts import ClaimOn, RowFacts
from retention.planning.reliance import lookups_of_rule
from tests.property import links_of_any_kind
from tests.property.facts_of_any_kind import ToldFacts, told_facts
from tests.property.holds_of_any_kind import Around, Claimed, Held, claims, held
from tests.property.links_of_any_kind import Linked, linked
from tests.property.rules_of_any_kind import BEGAN, Asked
from tests.property.stored_values import NULL, Value, same, values
from tests.property.storing import STORING

ROWS = 40
POOL = 6  # values of a column
PERSONS = range(1, 7)
UUIDS = ("0f0e0d0c-0000-4000-8000-00000000000a", "0f0e0d0c-0000-4000-8000-00000000000b")
OWNERS = {1: "a", 2: None, 3: "b"}  # id -> login
MONTHS = {1: 13, 2: None, 3: 2}  # of owners
COUNTRIES = {1: "DE", 2: None, 3: "US"}  # of owners
KEYS = ("1", "2", "3", "a", "b", *UUIDS)  # of subjects
_TIMES = [f"at_{stored}{number}" for stored in Stored for number in (1, 2)]
_PLAIN = ("person", "login", "uid", "owner_id", "note", "extra", "flag", "word", "amount", "number", "day")
COLUMNS = ("id", *_PLAIN, *_TIMES)

_STORED_AS = {
    Stored.DATE: "DATE", Stored.DATETIME: "datetime", Stored.INSTANT: "instant", Stored.ISO_UTC: "TEXT",
    Stored.ISO_LOCAL: "VARCHAR(40)", Stored.ISO_DATE: "TEXT",
    Stored.EPOCH_S: "BIGINT", Stored.EPOCH_MS: "BIGINT",
}  # fmt: skip


def create_tables(connection: Connection) -> None:
    types = STORING[connection.dialect.name].types
    lines = connection.dialect.identifier_preparer.quote("lines")  # a word of some databases

    def times(prefix: str, numbers: tuple[str, ...]) -> str:
        pairs = [(f"{prefix}_{s}{n}", _STORED_AS[s]) for s in Stored for n in numbers]
        return ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in pairs)

    plain = (
        f"person INTEGER, login VARCHAR(40), uid {types['uuid']}, owner_id INTEGER, note TEXT, extra TEXT, "
        f"flag {types['bool']}, word VARCHAR(20), amount NUMERIC(10, 2), number INTEGER, day DATE"
    )
    statements = (
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, {plain}, {times('at', ('1', '2'))})",
        "CREATE TABLE owners (id INTEGER PRIMARY KEY, login VARCHAR(40), country VARCHAR(5), months INTEGER)",
        f"CREATE TABLE periods (id INTEGER PRIMARY KEY, person INTEGER, began DATE, {times('ended', ('',))})",
        f"CREATE TABLE {lines} (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))",
        f"CREATE TABLE line_refs (id INTEGER PRIMARY KEY, line_id INTEGER REFERENCES {lines} (id))",
        "CREATE TABLE refs (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id), person INTEGER)",
        "CREATE TABLE loose_refs (id INTEGER PRIMARY KEY, t_id INTEGER)",
        *links_of_any_kind.statements(types["uuid"]),
    )
    for statement in statements:
        connection.execute(text(statement))


@dataclass(frozen=True)
class Mark:
    day: date
    valid: bool


@dataclass(frozen=True)
class Row:
    id: int
    values: dict[str, Value]


@dataclass(frozen=True)
class World:
    rows: tuple[Row, ...]
    ends: dict[int, list[Value]]  # of relationships, by person
    began: dict[int, list[Value]]  # in the same order
    end_column: str | None
    past: dict[int, Value]  # the fact of rows that are gone, by person
    holds: tuple[dict[str, str], ...]
    claims: tuple[Claimed, ...]  # assessments, each of one subject
    marks: dict[int, Mark]
    lines: tuple[int, ...]  # rows of t that have a line; line_refs refer to the first of each
    line_refs: frozenset[int]
    refs: dict[int, int | None]  # row that is referred to -> person of the one that refers
    loose_refs: frozenset[int]
    held: Held
    linked: Linked
    told: ToldFacts
    as_of: datetime

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Rows to insert, in an order that foreign keys allow."""
        rows = [{"id": row.id, **{name: value.written for name, value in row.values.items()}} for row in self.rows]
        periods = [
            {
                "id": 100 * person + number,
                "person": person,
                "began": self.began[person][number].written,
                str(self.end_column): end.written,
            }
            for person, ends in self.ends.items()
            for number, end in enumerate(ends)
        ]
        return {
            "t": rows,
            "owners": [
                {"id": owner, "login": login, "country": COUNTRIES[owner], "months": MONTHS[owner]}
                for owner, login in OWNERS.items()
            ],
            "periods": periods,
            "lines": [{"id": number, "t_id": row} for number, row in enumerate(self.lines, start=1)],
            "line_refs": [{"id": row, "line_id": self.lines.index(row) + 1} for row in self.line_refs],
            "refs": [{"id": row, "t_id": row, "person": person} for row, person in self.refs.items()],
            "loose_refs": [{"id": row, "t_id": row} for row in self.loose_refs],
            **self.linked.tables(),
        }

    def facts_of(
        self, row: Row, rule: Rule, *, unclassified: bool, covered: Mapping[HoldClass, bool | None] | None = None
    ) -> RowFacts:
        """``covered``: where it is known already."""
        person = row.values["person"].read
        related = isinstance(person, int) and rule.relationship is not None and rule.relationship.rows is not None
        ends = self.ends.get(person, []) if related else []
        counts = related and rule.relationship is not None and rule.relationship.start is not None
        mark = self.marks.get(row.id)
        return RowFacts(
            row={"id": row.id, **{name: value.read for name, value in row.values.items()}},
            looked_up={lookup: self._looked_up(row, lookup) for lookup in lookups_of_rule(rule)},
            relationship_ends=tuple(end.read for end in ends),
            relationship_starts=tuple(start.read for start in self.began.get(person, [])) if counts else (),
            past_ends=(self.past[person].read,) if related and person in self.past else (),
            told_ends=self.told.ends(rule, _subject(row, rule)),
            stale=self.told.stale(rule, self.as_of),
            covered=self.around(rule).covered(row.id) if covered is None else covered,
            claims=tuple(self._claims_on(row, rule)),
            marked_on=mark.day if mark is not None and mark.valid else None,
            referenced_by=self._referenced_by(row.id, rule),
            unclassified=unclassified,
        )

    def _looked_up(self, row: Row, lookup: Lookup) -> object:
        values: dict[str, dict[int, object]] = {"country": {**COUNTRIES}, "months": {**MONTHS}}
        return values[lookup.column].get(row.values["owner_id"].read)  # type: ignore[call-overload]

    def around(self, rule: Rule) -> Around:
        tables = {name: {row["id"]: row for row in rows} for name, rows in self.tables().items()}
        tables["t"] = {row.id: {"id": row.id, **{n: v.read for n, v in row.values.items()}} for row in self.rows}
        by_id = {row.id: row for row in self.rows}
        return Around(
            rule=rule,
            held=self.held,
            tables=tables,
            subject=lambda row: _subject(by_id[row], rule),
            by_subject=self._by_subject,
        )

    def _by_subject(self, subject: SubjectPath | None, key: str | None) -> bool | None:
        """Whether a hold on subjects covers a row that is about this one."""
        return self._is_one_of({(hold["kind"], hold["subject_key"]) for hold in self.holds}, subject, key)

    def _is_one_of(self, held: set[tuple[str, str]], subject: SubjectPath | None, key: str | None) -> bool | None:
        if subject is None:
            return False
        if key is not None and self.linked.leads((subject.kind, key), held):
            return True
        if subject.kind in self.linked.in_doubt:
            return False if key is None and subject.missing is Missing.NOBODY else None
        if key is not None or subject.missing is Missing.NOBODY:
            return False
        anybody = any(kind == subject.kind for kind, _ in held) or self.linked.anybody(subject.kind, held)
        return None if anybody else False

    def _claims_on(self, row: Row, rule: Rule) -> Iterator[ClaimOn]:
        for one in self.claims:
            answer = self._is_one_of({(one.kind, one.key)}, rule.subject, _subject(row, rule))
            if answer is not False:
                yield ClaimOn(claim=one.claim, certain=answer is True)

    def _referenced_by(self, row: int, rule: Rule) -> str:
        with_members = bool(rule.members)
        by = {"lines": not with_members and row in self.lines, "loose_refs": row in self.loose_refs}
        by |= {"refs": row in self.refs, "line_refs": with_members and row in self.line_refs}
        return next((table for table, refers in by.items() if refers), "")


def _subject(row: Row, rule: Rule) -> str | None:
    if rule.subject is None:
        return None
    value = row.values[rule.subject.key].read
    if rule.subject.path:
        value = OWNERS.get(row.values["owner_id"].read)  # type: ignore[arg-type]
    return None if value is None else str(value)


_HOLDS = st.lists(
    st.sampled_from(
        [
            {"kind": kind, "subject_key": key}
            for kind in ("customer", "lead", "visitor")
            for key in ("1", "2", "a", UUIDS[0], "99")
        ]
    ),
    max_size=2,
    unique_by=lambda hold: (hold["kind"], hold["subject_key"]),
).map(tuple)


def _plain_values(dialect: str) -> dict[str, st.SearchStrategy[Value]]:
    loosely = STORING[dialect].loose
    amounts: list[Any] = [Decimal("19.99"), Decimal(20), Decimal(0), Decimal("0.01")]
    days: list[Any] = [date(2020, 2, 29), date(2020, 3, 1), date(2021, 1, 1)]
    loose: dict[str, list[Any]] = defaultdict(list)
    if loosely:
        amounts = [float(amount) for amount in amounts]
        days = [day.isoformat() for day in days]
        loose |= {"amount": ["?"], "number": ["?", 0.5], "day": ["?", "2020-02-30", 5], "flag": [2]}
    choices: dict[str, list[Any]] = {
        "person": list(PERSONS),
        "login": ["a", "b", "1"],
        "uid": list(UUIDS),
        "owner_id": [*OWNERS, 99],
        "note": ["x"],
        "extra": ["y"],
        "flag": [True, False] if not loosely else [1, 0],
        "word": ["open", "closed", "", "Ä"],
        "amount": amounts,
        "number": [0, 7, -1, 8],
        "day": days,
    }
    return {name: st.sampled_from([NULL, *map(same, (*kind, *loose[name]))]) for name, kind in choices.items()}


def _time_columns(rule: Rule) -> dict[str, TimeColumn]:
    starts = [at for clause in rule.clauses for at in times_of(clause.start.event)]
    if rule.relationship is not None and rule.relationship.otherwise is not None:
        starts.append(rule.relationship.otherwise)
    return {at.column: at for at in starts}


def _mark_days(asked: Asked) -> st.SearchStrategy[date]:
    today = calendar.as_of_date(asked.as_of, asked.rule.zone)
    period = asked.rule.disposition.then_delete_after
    passed = () if period is None else passed_days(today, Terms.plain(period))
    last = passed[-1].through if passed else None
    days = [today] if last is None or last < date(2, 1, 1) else [today, last, last + timedelta(days=1)]
    return st.sampled_from(days)


def _began(end: Value, otherwise: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    """A start that lies about a length of some tier before the end."""
    try:
        day = date.fromisoformat(str(end.read))
    except ValueError:
        return otherwise
    days = [0, 1, 19, 20, 21, 28, 30, 31, 32, 364, 365, 366, 730, 731, -5]
    starts = [day - timedelta(days=before) for before in days if 800 < day.toordinal() < date.max.toordinal() - 9]
    near = [same(start if isinstance(end.read, date) else start.isoformat()) for start in starts]
    return st.sampled_from(near) | otherwise if near else otherwise


@st.composite
def worlds(draw: st.DrawFn, asked: Asked, dialect: str, rows: int = 0) -> World:
    """Of so many rows, or a few."""
    rule, edges = asked.rule, asked.edges
    plain = _plain_values(dialect)
    times = {name: values(at, rule.zone, dialect, edges) for name, at in _time_columns(rule).items()}
    ids = range(1, (rows or draw(st.integers(1, ROWS))) + 1)
    pools = {name: draw(st.lists(of, min_size=1, max_size=POOL)) for name, of in {**plain, **times}.items()}
    chance = draw(st.randoms(use_true_random=False))
    drawn = tuple(Row(number, {name: chance.choice(pool) for name, pool in pools.items()}) for number in ids)
    ends: dict[int, list[Value]] = {}
    began: dict[int, list[Value]] = {}
    past: dict[int, Value] = {}
    end_column = None
    related = None if rule.relationship is None else rule.relationship.rows
    if related is not None:
        end_column = related.end.column
        end = values(related.end, rule.zone, dialect, edges)
        ends = {person: draw(st.lists(end, max_size=2)) for person in PERSONS}
        past = draw(st.dictionaries(st.sampled_from([1, 2, 3]), end, max_size=2))
        began = {
            person: [draw(_began(one, values(BEGAN, rule.zone, dialect, edges))) for one in of_person]
            for person, of_person in ends.items()
        }
    some = st.frozensets(st.sampled_from(ids), max_size=2)
    lines = draw(some)
    marks: dict[int, Mark] = {}
    if rule.disposition.action is Action.PSEUDONYMIZE:
        mark = st.builds(Mark, _mark_days(asked), st.sampled_from([True, True, False]))
        marks = draw(st.dictionaries(st.sampled_from(ids), mark, max_size=4))
    found = [(rule.subject.kind, _subject(row, rule)) for row in drawn] if rule.subject else []
    whose = [(kind, key) for kind, key in found if key]
    return World(
        rows=drawn,
        ends=ends,
        began=began,
        end_column=end_column,
        past=past,
        holds=draw(_HOLDS),
        claims=draw(claims(asked.as_of.date(), whose)),
        marks=marks,
        lines=tuple(sorted(lines)),
        line_refs=frozenset(row for row in lines if draw(st.booleans())),
        refs={row: draw(st.sampled_from([None, 1, 1, 2])) for row in draw(some)},
        loose_refs=draw(some),
        held=draw(held(ids)),
        linked=draw(linked(UUIDS)),
        told=draw(told_facts(KEYS, rule.zone, asked.as_of, edges)),
        as_of=asked.as_of,
    )
