"""Facts from elsewhere: who counts from them, how long they must be kept, and what must not take away their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from retention.model.alignment import Alignment
from retention.model.clause import Clause
from retention.model.fact import Fact
from retention.model.period import Period
from retention.model.rule import Replace
from retention.model.schema import Schema
from retention.model.starting_point import runs_from_relationship
from retention.model.terms import Terms
from retention.planning.counting import kept_through
from retention.planning.needs import tells_of
from retention.policy.finding import Finding
from retention.policy.lint.facts import NULL, YEAR
from retention.policy.lint.keys import can_identify
from retention.policy.lint.tables import at, group_tables
from retention.policy.rule_file import ReadRule
from retention.policy.yaml_text import Parsed

# Every kind of month's and year's end there is, so that one period is seen to be shorter than another for any day.
_DAYS = tuple(date(year, month, day) for year in range(2000, 2005) for month in range(1, 13) for day in (1, 15, 28))


def check(
    rules: Sequence[ReadRule], facts: Mapping[str, Fact], schemas: Mapping[str, Schema], text: Parsed
) -> Iterator[Finding]:
    """``text`` is datasets.yaml."""
    for fact in facts.values():
        yield from _key(fact, schemas, text)
    for read in rules:
        for told in read.rule.relationship.told if read.rule.relationship else ():
            yield from _counted_from(read, facts[told.fact])
    for fact in facts.values():
        for read in rules:
            yield from _taken_away(read, fact)


def check_used(rules: Sequence[ReadRule], facts: Mapping[str, Fact], text: Parsed) -> Iterator[Finding]:
    """A fact that no rule counts from is brought nowhere."""
    used = {told.fact for read in rules if read.rule.relationship for told in read.rule.relationship.told}
    for name in facts.keys() - used:
        what = f"no rule counts from the fact {name}: it is brought nowhere"
        remedy = f"name it in a rule: `relationship: {{facts: [{name}]}}`, or take it out"
        yield Finding(code="R254", at=text.at("facts", name), what=what, remedy=remedy, remark=True)


def _key(fact: Fact, schemas: Mapping[str, Schema], text: Parsed) -> Iterator[Finding]:
    if fact.rows is None:
        return
    column = schemas[fact.rows.dataset].tables[fact.rows.table].column(fact.rows.key)
    if column is not None and not can_identify(column):
        what = f"{fact.rows.table}.{column.name} is {column.type}, which cannot identify a {fact.kind}"
        where = text.at("facts", fact.id, "rows", "key")
        yield Finding(code="R248", at=where, what=what, remedy="name a column of whole numbers, texts or UUIDs")


def _counted_from(read: ReadRule, fact: Fact) -> Iterator[Finding]:
    path = ("relationship", "facts")
    subject = read.rule.subject
    if subject is None or subject.kind != fact.kind:
        whom = "nobody" if subject is None else f"a {subject.kind}"
        what = f"the fact {fact.id} is about a {fact.kind}, and the rows of {read.rule.table} are about {whom}"
        yield at(read, "R244", path, what, f"name a fact about the subject of {read.rule.id}")
    if fact.rows is not None and fact.rows.dataset == read.rule.dataset:
        what = f"the fact {fact.id} stands in {fact.rows.dataset} itself"
        remedy = f"read the table: `relationship: {{table: {fact.rows.table}, end: {fact.rows.at.column}}}`"
        yield at(read, "R253", path, what, remedy)
    for name, length, terms in _periods(read):
        if _is_longer(terms, fact.expires):
            what = f"{name} lasts {length} from the fact {fact.id}, which is kept for {fact.expires} only"
            yield at(read, "R243", path, what, f"let {fact.id} expire later, in datasets.yaml")
    tells = "files tell" if fact.rows is None else f"{fact.rows.dataset}.{fact.rows.table} tells"
    what = (
        f"{read.rule.id} counts from the fact {fact.id}, which {tells}: where it is not complete up to "
        f"{fact.fresh_days} days before as-of, what counts from it is undetermined"
    )
    yield at(read, "R242", path, what, "nothing, where that is meant", remark=True)


def _periods(read: ReadRule) -> Iterator[tuple[str, str, Terms]]:
    for clause in read.rule.clauses:
        if runs_from_relationship(clause.start.event):
            yield clause.id, _in_words(clause), clause.terms
    if read.rule.relationship is not None and read.rule.relationship.window is not None:
        window = read.rule.relationship.window
        yield "the window of re-enrolment", str(window), Terms.plain(window)


def _in_words(clause: Clause) -> str:
    align = clause.start.align
    return str(clause.period) if align == Alignment() else f"{clause.period} (align: {align.to})"


def _is_longer(terms: Terms, expires: Period) -> bool:
    for day in _DAYS:
        needed, kept = kept_through(day, terms), kept_through(day, Terms.plain(expires))
        if kept is not None and (needed is None or needed > kept):
            return True
    return False


def _taken_away(read: ReadRule, fact: Fact) -> Iterator[Finding]:
    """Rules of the dataset that tells a fact: what they dispose of is told first; what they make of it must not lie."""
    rows = fact.rows
    if rows is None or tells_of(read.rule, fact) is None:
        return
    for table in group_tables(read):
        harmless = {rows.key: NULL, rows.at.column: YEAR}  # a row that names nobody, or an event that is not later
        for use in table.uses if table.table.name == rows.table else ():
            strategy = use.treatment.strategy if isinstance(use.treatment, Replace) else None
            if strategy not in (None, harmless.get(use.column, strategy)):
                name = f"{rows.table}.{use.column}"
                what = f"the strategy {strategy} would overwrite {name}, by which the fact {fact.id} is told"
                remedy = f"keep it ({use.column}: {{kind: .., keep: why}}), or let another column tell the fact"
                yield table.found("R224", ("columns", use.column), what, remedy)
    what = (
        f"{read.rule.id} disposes of rows of {rows.table} that tell the fact {fact.id}: the last event of each "
        f"{fact.kind} among them is kept, and brought to the rules that count from it"
    )
    yield at(read, "R249", ("table",), what, "nothing, where those rules are meant to know it", remark=True)
