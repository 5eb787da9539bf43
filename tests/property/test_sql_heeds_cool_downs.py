"""The SQL of a rule with earlier texts gives every row the verdict that decide() and cooled() give it together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, true

from retention.model.clause import Role
from retention.model.dataset import DeclaredReference
from retention.model.fact import ToldEnd
from retention.model.rule import Action, ColumnUse, Disposition, Keep, Relationship, Replace, Rule
from retention.model.rule_text import RuleText
from retention.model.verdict import Decision, Reason, Verdict
from retention.planning.cool_down import Heard, cooled
from retention.planning.decide import decide
from retention.planning.facts import RowFacts
from retention.sql.codes import code
from retention.sql.contexts import older_context
from retention.sql.cooling import Older
from retention.sql.examination import renew_residue
from retention.sql.examined import Examined
from retention.sql.initialise import ensure_marks
from retention.sql.verdicts import CompiledRule
from tests.property.facts_of_any_kind import told_ends
from tests.property.rules_of_any_kind import LINES, Asked, asked, conditions, leads, periods, subjects, zones
from tests.property.test_sql_follows_decide import _QUIETLY, Arena, arena, detail_of, said_of
from tests.property.worlds_of_rows import COLUMNS, Row, World, worlds

__all__ = ["arena"]
SHALLOW, DEEP = 30, 1000
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
LOOSE = DeclaredReference(table="loose_refs", columns=("t_id",), refers_to="t", referred_columns=("id",))
NULL, CONSTANT = Replace(strategy="null"), Replace(strategy="constant", params={"value": "x"})


def replaced(rule: Rule) -> dict[str, Replace]:
    return {use.column: use.treatment for use in rule.columns if isinstance(use.treatment, Replace)}


def treated(rule: Rule, **treatments: Replace | None) -> tuple[ColumnUse, ...]:
    """None: the column stays."""
    return tuple(
        replace(use, treatment=treatments[use.column] or Keep(why="")) if use.column in treatments else use
        for use in rule.columns
    )


@st.composite
def edits(draw: st.DrawFn, rule: Rule) -> Rule:
    """Another text of the rule, over the same columns: what a pull request changes."""
    clauses = [
        replace(clause, period=draw(st.just(clause.period) | periods))
        for clause in rule.clauses
        if draw(st.sampled_from([True, True, True, False]))
    ]
    after = rule.disposition.then_delete_after
    dispositions = st.sampled_from(
        [
            Disposition(action=Action.DELETE),
            Disposition(action=Action.PSEUDONYMIZE, then_delete_after=after),
            Disposition(action=Action.PSEUDONYMIZE, then_delete_after=draw(st.none() | periods)),
        ]
    )
    note = draw(st.sampled_from([NULL, NULL, CONSTANT]))
    word = draw(st.sampled_from([None, None, NULL]))
    return replace(
        rule,
        clauses=tuple(clauses),
        zone=draw(st.just(rule.zone) | zones),
        condition=draw(st.just(rule.condition) | st.none() | conditions),
        subject=draw(st.just(rule.subject) | subjects),
        relationship=_with_told(rule.relationship, draw(told_ends)) if draw(st.booleans()) else rule.relationship,
        members=draw(st.sampled_from([rule.members, (), (LINES,)])),
        disposition=draw(st.just(rule.disposition) | dispositions),
        columns=treated(rule, note=note, word=word),
    )


def _with_told(relationship: Relationship | None, told: tuple[ToldEnd, ...]) -> Relationship | None:
    """The same rows, other facts from elsewhere."""
    if relationship is None or (relationship.rows is None and not told):
        return relationship
    return replace(relationship, told=told)


@st.composite
def asked_with_counsel(draw: st.DrawFn) -> Asked:
    """With few clauses and mostly no condition: rows that are due are what this is about."""
    question = draw(asked(COLUMNS))
    marked = st.sampled_from(["", "opinion 7"])
    clauses = tuple(
        replace(clause, counsel=draw(marked)) if clause.role is Role.CEILING else clause
        for clause in question.rule.clauses[:2]
    )
    condition = draw(st.sampled_from([None, None, None, question.rule.condition]))
    return replace(question, rule=replace(question.rule, clauses=clauses, condition=condition))


@dataclass(frozen=True)
class Told:
    """An earlier text; None: there was none."""

    until: datetime
    text: RuleText | None


@st.composite
def texts(draw: st.DrawFn, rule: Rule, days: int) -> Told:
    text = RuleText(
        rule=draw(edits(rule)),
        lead=draw(leads),
        references=draw(st.sampled_from([(LOOSE,), (LOOSE,), ()])),
        types={},
        digest="",
    )
    there = draw(st.sampled_from([True] * 7 + [False]))
    return Told(until=UNTIL + timedelta(days=days), text=text if there else None)


def heard(told: Told, world: World, row: Row, as_of: datetime, arena: Arena) -> Heard:
    if told.text is None:
        return Heard(until=told.until)
    rule = told.text.rule
    unclassified = "extra" not in {use.column for use in rule.columns}
    facts = world.facts_of(row, rule, unclassified=unclassified)
    if set(replaced(rule)) != {"note"}:  # the marks of these worlds cover that column alone
        facts = replace(facts, marked_on=None)
    if not told.text.references and facts.referenced_by == "loose_refs":
        facts = replace(facts, referenced_by="refs" if row.id in world.refs else "")
    return Heard(until=told.until, rule=rule, decision=decide(rule, facts, as_of, told.text.lead))


def _expected(decision: Decision, facts: RowFacts) -> str:
    detail = detail_of(decision, facts)
    if decision.until is not None:
        detail = decision.until.date().isoformat()
    return code(decision.verdict, decision.reason, detail)


def _compare(arena: Arena, data: st.DataObject) -> None:
    question = data.draw(asked_with_counsel(), label="asked")
    older = [data.draw(texts(question.rule, days)) for days in range(data.draw(st.integers(1, 3)))]
    world = data.draw(worlds(question, arena.dialect), label="world")
    context = arena.context(question, world)
    contexts = [None if told.text is None else older_context(context, told.text, arena.live) for told in older]
    compiled = CompiledRule(
        context,
        older=tuple(
            Older(told.until, None if one is None else CompiledRule(one))
            for told, one in zip(older, contexts, strict=True)
        ),
    )
    with arena.filled(world, context) as connection:
        for one in contexts:
            if one is not None:
                ensure_marks(connection, arena.database, one.rule_tables)
        said = said_of(connection, compiled)
        renew_residue(connection, Examined.of(compiled, true()), run_id="r", now="2026-01-01")
        listed = set(connection.execute(select(context.rule_tables.residue.c.k1)).scalars())
    for row in world.rows:
        known = world.facts_of(row, question.rule, unclassified=context.unclassified)
        decision = decide(question.rule, known, question.as_of, question.lead)
        voices = [heard(told, world, row, question.as_of, arena) for told in older]
        together = cooled(question.rule, decision, voices)
        event(f"{decision.verdict} -> {together.verdict}, {together.reason}, by counsel: {decision.by_counsel}")
        due, following = together.verdict is Verdict.DUE, together.reason is Reason.FOLLOW_UP
        expected = (_expected(together, known), due and not following, due and following)
        assert said[row.id] == expected, (row, known, voices)
        assert row.id in listed or together.reason is not Reason.COOLING_DOWN


@settings(max_examples=SHALLOW, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_gives_every_row_the_verdict_that_all_texts_give_together(arena: Arena, data: st.DataObject) -> None:
    _compare(arena, data)


@pytest.mark.deep
@settings(max_examples=DEEP, deadline=None, suppress_health_check=_QUIETLY)
@given(data=st.data())
def test_sql_gives_every_row_the_verdict_that_all_texts_give_together_deep(arena: Arena, data: st.DataObject) -> None:
    _compare(arena, data)
