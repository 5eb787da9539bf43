"""The SQL of a rule gives every row the verdict that decide() gives it, on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, insert, literal, or_, select, text, true

from retention.model.choice import PeriodColumn
from retention.model.dataset import Dataset
from retention.model.hold import HoldClass
from retention.model.period import Period
from retention.model.rule import Missing, SubjectPath
from retention.model.schema import ForeignKey, Schema
from retention.model.verdict import Decision, Reason, Verdict
from retention.planning.decide import decide
from retention.planning.facts import RowFacts
from retention.sql.bounds import Bound
from retention.sql.captured import captured_table, ensure_captured
from retention.sql.clauses import clause_bounds
from retention.sql.codes import code
from retention.sql.compiled_rule import RuleContext
from retention.sql.contexts import rule_context
from retention.sql.coverage import Covered
from retention.sql.database import Database
from retention.sql.examination import RESIDUE, renew_residue, scope
from retention.sql.examined import Examined
from retention.sql.holds_here import HoldsHere
from retention.sql.initialise import ensure_rule_tables, initialise_dataset
from retention.sql.pseudonymize import written_digest
from retention.sql.reflection import reflect
from retention.sql.row_facts import row_facts
from retention.sql.verdicts import CompiledRule
from tests.property.holds_of_any_kind import REFS, Held, held_somehow
from tests.property.links_of_any_kind import LINKS, linked_somehow
from tests.property.rules_of_any_kind import MONTHS, Asked, asked, groups, subjects
from tests.property.stored_values import Value
from tests.property.worlds_of_rows import COLUMNS, UUIDS, Mark, World, create_tables, worlds

SHALLOW, DEEP = 25, 1500


class Arena:
    """One database for all examples; each is rolled back."""

    def __init__(self, url: str) -> None:
        dataset = Dataset(
            id="d", title="", environment="", connection=None, schema=None, zone="UTC", schedule=None, owner="",
            identity_links=LINKS,
        )  # fmt: skip
        self.database = Database.open(dataset, url)
        initialise_dataset(self.database, deployment_id="test", now=datetime(2026, 1, 1, tzinfo=UTC))
        with self.database.writing() as connection:
            create_tables(connection)
        with self.database.reading() as connection:
            self.live = reflect(connection, self.database)
        self.snapshot = self._with_declared(self.live)
        self._marked = False

    @property
    def dialect(self) -> str:
        return self.database.dialect.name

    @staticmethod
    def _with_declared(live: Schema) -> Schema:
        table = live.tables["loose_refs"]
        key = ForeignKey(columns=("t_id",), table="t", referred_columns=("id",), declared=False)
        declared = type(table)(
            name=table.name, columns=table.columns, primary_key=table.primary_key, foreign_keys=(key,)
        )
        return Schema(dialect=live.dialect, tables={**live.tables, "loose_refs": declared})

    def context(self, asked: Asked, world: World) -> RuleContext:
        rule = replace(asked.rule, companions=world.held.along)
        context = rule_context(
            self.database,
            rule,
            self.snapshot,
            self.live,
            as_of=asked.as_of,
            lead=asked.lead,
            holds=HoldsHere(
                epoch=0,
                subjects=bool(world.holds or world.claims),
                areas=world.held.areas,
                in_doubt=world.linked.in_doubt,
                claims=tuple(one.claim for one in world.claims),
            ),
            rules=(rule, *world.held.others),
        )
        return replace(context, periods={MONTHS: (2, 13)})  # the rows come later

    @contextmanager
    def filled(self, world: World, context: RuleContext) -> Iterator[Connection]:
        with self.database.session() as connection:
            transaction = connection.begin()
            try:
                ensure_rule_tables(connection, self.database, context.rule_tables)
                ensure_captured(connection, context.holds, context.tables, context.schema, context.dialect)
                self._fill(connection, world, context)
                yield connection
            finally:
                transaction.rollback()

    def _fill(self, connection: Connection, world: World, context: RuleContext) -> None:
        for table, rows in world.tables().items():
            if rows:
                names = list(rows[0])
                values = ", ".join(f":{name}" for name in names)
                into = connection.dialect.identifier_preparer.quote(table)
                connection.execute(text(f"INSERT INTO {into} ({', '.join(names)}) VALUES ({values})"), rows)
        if world.holds:
            connection.execute(insert(context.own.hold), [{**hold, "hold_id": "H-1"} for hold in world.holds])
        for one in world.claims:
            values = {"kind": one.kind, "subject_key": one.key, "hold_id": one.claim.claim_id}
            connection.execute(insert(context.own.hold).values(**values))
        for person, end in world.past.items():
            _fact(connection, context, person, end)
        for table, rows in ((context.own.fact, world.told.rows()), (context.own.fact_source, world.told.sources())):
            if rows:
                connection.execute(insert(table), rows)
        for hold_id, table, row in world.held.captured:
            captured = captured_table(context.tables[table], ("id",), context.dialect)
            connection.execute(insert(captured).values(hold_id=hold_id, k1=row, captured_ms=0))
        for row, mark in world.marks.items():
            _mark(connection, context, row, mark)


def _fact(connection: Connection, context: RuleContext, person: int, end: Value) -> None:
    fact = context.rule_tables.fact
    assert fact is not None
    for told in (fact.event, "another event"):  # what that says must not count
        values = {"k1": person, "event": told, "source": "", "recorded_ms": 0}
        connection.execute(insert(fact.table).values(**values))
    connection.execute(
        text(f"UPDATE {fact.table.fullname} SET {fact.end.column} = :end WHERE k1 = :person AND event = :event"),
        {"end": end.written, "person": person, "event": fact.event},
    )


def _mark(connection: Connection, context: RuleContext, row: int, mark: Mark) -> None:
    table, root = context.rule_tables.marks["t"], context.root
    written = written_digest([root.c.note], context.dialect) if mark.valid else literal(b"another value")
    values = {
        "k1": root.c.id, "rule_id": literal("d.t"), "rule_digest": literal(""), "method": literal("pseudonymize"),
        "pools": literal("{}"), "key_id": literal(""), "run_id": literal("r"),
        "marked_on": literal(mark.day.isoformat()), "written": written,
    }  # fmt: skip
    source = select(*(value.label(name) for name, value in values.items())).where(root.c.id == row)
    connection.execute(insert(table).from_select(list(values), source))


@pytest.fixture(scope="module")
def arena(new_database: Callable[[], str]) -> Iterator[Arena]:
    arena = Arena(new_database())
    yield arena
    arena.database.close()


def detail_of(decision: Decision, facts: RowFacts) -> str:
    """By whom a group is referred to, what contradicts each other, or the first class by which it is held; nothing of a
    hold on its subject."""
    if decision.verdict is Verdict.REFERENCED:
        return facts.referenced_by
    if decision.verdict is Verdict.CONFLICT:
        return decision.conflict
    held_by = [name for name in HoldClass if facts.covered.get(name) is True]
    return held_by[0].value if decision.verdict is Verdict.HELD and held_by[0] is not HoldClass.SUBJECT else ""


def _expected(decision: Decision, facts: RowFacts) -> tuple[str, bool, bool]:
    detail = detail_of(decision, facts)
    due = decision.verdict is Verdict.DUE
    following = decision.reason is Reason.FOLLOW_UP
    return code(decision.verdict, decision.reason, detail), due and not following, due and following


def said_of(connection: Connection, compiled: CompiledRule) -> dict[int, tuple[str, bool, bool]]:
    """Row -> what SQL says: its code, whether it is due, and whether what follows a pseudonymization is."""
    statement = select(compiled.context.root.c.id, compiled.code, compiled.due, compiled.due_follow_up)
    return {row[0]: (row[1], bool(row[2]), bool(row[3])) for row in connection.execute(statement)}


def _compare(arena: Arena, data: st.DataObject) -> None:
    question = data.draw(asked(COLUMNS), label="asked")
    world = data.draw(worlds(question, arena.dialect), label="world")
    context = arena.context(question, world)
    compiled = CompiledRule(context)
    told = data.draw(st.sampled_from([row.id for row in world.rows]), label="told")
    with arena.filled(world, context) as connection:
        said = said_of(connection, compiled)
        classes = _classes(connection, context)
        facts = row_facts(connection, context, (told,))
    for row in world.rows:
        known = world.facts_of(row, question.rule, unclassified=context.unclassified)
        decision = decide(question.rule, known, question.as_of, question.lead)
        event(f"{decision.verdict}, {decision.reason}")
        assert said[row.id] == _expected(decision, known), (row, known)
        assert classes[row.id] == known.covered, (row, known)
        event(f"covered by {', '.join(sorted(known.covered)) or 'nothing'}")
        if row.id == told:
            assert facts is not None
            assert decide(question.rule, facts, question.as_of, question.lead) == decision, (row, facts)
            assert facts.referenced_by == known.referenced_by
    assert len(said) == len(world.rows)


def _classes(connection: Connection, context: RuleContext) -> dict[int, dict[HoldClass, bool | None]]:
    """By which classes holds cover each row of ``t``, as SQL has it; what does not is left out."""
    anchored = context.coverage.anchored(context.rule, context.root)
    found: dict[HoldClass, Covered] = {
        **context.covered,
        HoldClass.ANCHORED: Covered(certainly=anchored, possibly=anchored),
    }
    tests = [test for one in found.values() for test in (one.certainly, one.possibly)]
    rows = {}
    for number, *answers in connection.execute(select(context.root.c.id, *tests)):
        pairs = zip(found, answers[::2], answers[1::2], strict=True)
        rows[number] = {name: bool(certain) or None for name, certain, possible in pairs if possible}
    return rows


def _cover(arena: Arena, data: st.DataObject) -> None:
    """Of rules without a clause, since holds ask for none."""
    rule = replace(REFS, id="d.t", table="t", subject=data.draw(subjects), members=data.draw(groups))
    question = Asked(rule=rule, as_of=datetime(2026, 1, 1, tzinfo=UTC), lead=Period())
    world = data.draw(worlds(question, arena.dialect), label="world")
    world = replace(world, held=data.draw(held_somehow(range(1, len(world.rows) + 1)), label="held"))
    context = arena.context(question, world)
    around = world.around(rule)
    with arena.filled(world, context) as connection:
        classes = _classes(connection, context)
    for row in world.rows:
        expected = around.covered(row.id)
        assert classes[row.id] == expected, row
        event(f"covered by {', '.join(sorted(f'{one}={answer}' for one, answer in expected.items())) or 'nothing'}")


def _follow(arena: Arena, data: st.DataObject) -> None:
    """Of one person of each kind, so that links matter."""
    key = data.draw(st.sampled_from(["person", "person", "login", "uid"]))
    subject = SubjectPath(kind="customer", key=key, missing=data.draw(st.sampled_from(Missing)))
    question = Asked(
        rule=replace(REFS, id="d.t", table="t", subject=subject), as_of=datetime(2026, 1, 1, tzinfo=UTC), lead=Period()
    )
    world = data.draw(worlds(question, arena.dialect), label="world")
    held_keys = [("customer", "1"), ("customer", "a"), ("lead", "a"), ("lead", "b"), ("visitor", UUIDS[0])]
    holds = data.draw(st.lists(st.sampled_from(held_keys), unique=True, max_size=2), label="holds")
    persons = {"person": [1, 1, 2, 3, None], "login": ["a", "b", "1", "", None], "uid": [*UUIDS, None]}[key]
    drawn = [(row, data.draw(st.sampled_from(persons))) for row in world.rows]
    world = replace(
        world,
        rows=tuple(replace(row, values={**row.values, key: Value(one, one)}) for row, one in drawn),
        held=Held(),
        linked=data.draw(linked_somehow(UUIDS), label="linked"),
        holds=tuple({"kind": kind, "subject_key": held_key} for kind, held_key in holds),
    )
    context = arena.context(question, world)
    with arena.filled(world, context) as connection:
        classes = _classes(connection, context)
    for row in world.rows:
        expected = world.around(question.rule).covered(row.id)
        assert classes[row.id] == expected, row
        event(f"covered: {expected.get(HoldClass.SUBJECT, False)}")


def _remember(arena: Arena, data: st.DataObject) -> None:
    """What a run examines that only looks at what passed since the last, and at the residue, is all that matters."""
    first = data.draw(asked(COLUMNS), label="asked")
    later = replace(first, as_of=first.as_of + data.draw(st.timedeltas(timedelta(), timedelta(days=800))))
    assume(not any(isinstance(clause.varies, PeriodColumn) for clause in first.rule.clauses))  # always swept
    world = data.draw(worlds(first, arena.dialect) | worlds(later, arena.dialect), label="world")
    before, now = CompiledRule(arena.context(first, world)), CompiledRule(arena.context(later, world))
    since = clause_bounds(first.rule, first.as_of, first.lead)
    since = {name: Bound.from_text(bound.text()) for name, bound in since.items()}
    with arena.filled(world, before.context) as connection:
        gone = _chosen(connection, before, or_(before.due, before.due_follow_up))
        renew_residue(connection, Examined.of(before, true()), run_id="first", now="2026-01-01")
        examined = _chosen(connection, now, scope(now, since))
        listed = or_(*(now.code.like(f"{verdict}|%") for verdict in (*RESIDUE, Verdict.DUE)))
        matter = _chosen(connection, now, listed)
    event(f"{bool(matter - gone)} matter, {len(examined) < len(world.rows)} less than all")
    assert matter - gone <= examined


def _chosen(connection: Connection, compiled: CompiledRule, test: ColumnElement[bool]) -> set[int]:
    root = compiled.context.root
    return set(connection.execute(select(root.c.id).where(test)).scalars())


_QUIETLY = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_gives_every_row_the_verdict_of_decide(arena: Arena, data: st.DataObject) -> None:
    _compare(arena, data)


@settings(max_examples=SHALLOW // 2, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_a_run_that_remembers_finds_what_a_full_sweep_finds(arena: Arena, data: st.DataObject) -> None:
    _remember(arena, data)


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_holds_of_every_kind_cover_the_groups_that_plain_python_says(arena: Arena, data: st.DataObject) -> None:
    _cover(arena, data)


@settings(max_examples=3 * SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_holds_follow_identity_links_as_plain_python_does(arena: Arena, data: st.DataObject) -> None:
    _follow(arena, data)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_holds_follow_identity_links_as_plain_python_does_deep(arena: Arena, data: st.DataObject) -> None:
    _follow(arena, data)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_holds_of_every_kind_cover_the_groups_that_plain_python_says_deep(arena: Arena, data: st.DataObject) -> None:
    _cover(arena, data)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_gives_every_row_the_verdict_of_decide_deep(arena: Arena, data: st.DataObject) -> None:
    _compare(arena, data)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_a_run_that_remembers_finds_what_a_full_sweep_finds_deep(arena: Arena, data: st.DataObject) -> None:
    _remember(arena, data)
