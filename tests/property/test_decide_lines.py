"""decide() against the lines of the decision read out plainly, for every value that the unknowns could have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from retention.model.clause import Clause, Role
from retention.model.condition import Compare, Condition, Operator
from retention.model.dataset import Source
from retention.model.hold import HoldClass
from retention.model.join import Join
from retention.model.period import Period
from retention.model.rule import Action, Disposition, Relationship, Rule
from retention.model.starting_point import ColumnEvent, RelationshipEnd, StartingPoint, Stored, TimeColumn
from retention.model.verdict import Reason, Verdict
from retention.planning.decide import RowFacts, decide

AS_OF = datetime(2026, 6, 15, 12, tzinfo=UTC)
PERIOD, LEAD = Period(days=100), Period(days=7)
# What a starting point says of PERIOD at AS_OF. "near": it ends within the lead.
STARTS = {
    "old": "2020-01-01",
    "near": "2026-03-10",
    "recent": "2026-06-01",
    "future": "2027-01-01",
    "null": None,
    "bad": "?",
}
COULD_BE = ("old", "near", "recent")
Tri = bool | None


@dataclass(frozen=True, kw_only=True)
class Sort:
    """One clause and what the row says of it. Each has columns of its own, so their unknowns are independent."""

    role: Role
    start: str | None  # a key of STARTS; None: the end of the relationship
    when: Tri
    live: Tri

    def possible(self) -> Iterator[Sort]:
        believed = ("old", "near", "recent") if self.role is Role.CEILING else (*COULD_BE, "future")
        starts = (self.start,) if self.start is None or self.start in believed else COULD_BE
        whens, lives = _bits(self.when), _bits(self.live)
        for start, when, live in product(starts, whens, lives):
            yield replace(self, start=start, when=when, live=live)


@dataclass(frozen=True, kw_only=True)
class Case:
    clauses: tuple[Sort, ...]
    ends: tuple[str, ...]  # keys of STARTS, of the relationship rows
    otherwise: str | None  # key of STARTS; None: the rule names no other event
    held: Tri
    unclassified: bool
    pseudonymizes: bool

    def possible(self) -> Iterator[Case]:
        """Every world that the unknowns leave open. A world in which an unclassified column mattered is a hold, too."""
        holds = {*_bits(self.held), *({True} if self.unclassified and self.pseudonymizes else set())}
        ends = product(*((e,) if e != "bad" else (*COULD_BE, "future") for e in self.ends))
        for clauses, end, held in product(product(*(c.possible() for c in self.clauses)), list(ends), holds):
            for last in self._without(end):
                yield replace(self, clauses=clauses, ends=end if end else (last,), held=held)

    def _without(self, ends: tuple[str, ...]) -> tuple[str, ...]:
        """With no relationship row, the other event stands for it."""
        if ends:
            return ("",)
        return COULD_BE if self.otherwise in (None, "null", "bad") else (str(self.otherwise),)


def _bits(value: Tri) -> tuple[bool, ...]:
    return (True, False) if value is None else (value,)


def plainly(world: Case, *, rows: bool) -> Verdict:
    """The lines of the decision in a world without unknowns."""
    said = [(c.role, _start(c, world), c.live, c.start is None) for c in world.clauses if c.when]
    floors = [start in ("old",) for role, start, _, _ in said if role is Role.FLOOR]
    purposes = [start == "old" or not live for role, start, live, _ in said if role is Role.PURPOSE]
    ceilings = [start for role, start, _, _ in said if role is Role.CEILING]
    if world.held:
        return Verdict.HELD
    if not all(floors):
        return Verdict.CONFLICT if "old" in ceilings else Verdict.RETAINED_BY_LAW
    if "old" in ceilings or ("near" in ceilings and all(purposes)):
        return Verdict.DUE
    active = rows and any(end in ("null", "future") for end in world.ends)
    if active and any(related and live for role, _, live, related in said if role is Role.PURPOSE):
        return Verdict.ACTIVE
    if not all(purposes) or (ceilings and not floors and not purposes):
        return Verdict.RETAINED
    return Verdict.DUE if floors or purposes else Verdict.UNDETERMINED


def _start(clause: Sort, world: Case) -> str:
    if clause.start is not None:
        return clause.start
    return max(world.ends, key=("old", "near", "recent", "future", "null").index)


def rule_of(case: Case) -> Rule:
    disposition = Disposition(action=Action.PSEUDONYMIZE if case.pseudonymizes else Action.DELETE)
    relationship = Relationship(
        join=Join(columns=("id",), table="periods", far_columns=("t_id",)),
        end=TimeColumn(column="ended", stored=Stored.DATE),
        otherwise=None if case.otherwise is None else TimeColumn(column="otherwise", stored=Stored.DATE),
    )
    return Rule(
        id="d.t", dataset="d", title="", cluster="", owner="", table="t", primary_key=("id",), members=(),
        subject=None, zone="UTC", condition=None, relationship=relationship,
        clauses=tuple(_clause(number, clause) for number, clause in enumerate(case.clauses)),
        disposition=disposition, columns=(), limits=None, source=Source(file="", line=1), digest="",
    )  # fmt: skip


def _clause(number: int, clause: Sort) -> Clause:
    def is_yes(column: str) -> Condition:
        return Compare(column=f"{column}{number}", operator=Operator.EQUALS, values=("yes",))

    at = ColumnEvent(at=TimeColumn(column=f"start{number}", stored=Stored.DATE))
    return Clause(
        id=f"c{number}",
        role=clause.role,
        start=StartingPoint(event=RelationshipEnd() if clause.start is None else at),
        period=PERIOD,
        basis="",
        when=is_yes("when"),
        live_while=is_yes("live") if clause.role is Role.PURPOSE else None,
    )


def facts_of(case: Case) -> RowFacts:
    says = {True: "yes", False: "no", None: None}
    row: dict[str, object] = {"otherwise": STARTS[case.otherwise or "null"]}
    for number, clause in enumerate(case.clauses):
        row |= {f"start{number}": STARTS[clause.start or "null"]}
        row |= {f"when{number}": says[clause.when], f"live{number}": says[clause.live]}
    ends = tuple(STARTS[end] for end in case.ends)
    return RowFacts(
        row=row, relationship_ends=ends, covered={HoldClass.SUBJECT: case.held}, unclassified=case.unclassified
    )


tri = st.sampled_from([True, True, True, False, None])
starts = st.sampled_from(list(STARTS))


def sorts(role: Role) -> st.SearchStrategy[Sort]:
    # A ceiling from the relationship's end is left out: whether its future is believed depends on where it stands.
    start = starts if role is Role.CEILING else starts | st.none()
    live = tri if role is Role.PURPOSE else st.just(True)
    return st.builds(Sort, role=st.just(role), start=start, when=tri, live=live)


def cases() -> st.SearchStrategy[Case]:
    one = st.sampled_from(Role).flatmap(sorts)
    return st.builds(
        Case,
        clauses=st.lists(one, max_size=3).map(tuple).filter(lambda cs: sum(c.start is None for c in cs) <= 1),
        ends=st.lists(st.sampled_from(["old", "near", "recent", "future", "null", "bad"]), max_size=2).map(tuple),
        otherwise=st.none() | st.sampled_from(["old", "near", "recent", "future", "null", "bad"]),
        held=st.sampled_from([False, False, None, True]),
        unclassified=st.booleans(),
        pseudonymizes=st.booleans(),
    )


@settings(max_examples=600, deadline=None)
@given(cases())
def test_undetermined_is_due_in_some_world_and_not_in_all(case: Case) -> None:
    verdicts = {plainly(world, rows=bool(case.ends)) for world in case.possible()}
    decision = decide(rule_of(case), facts_of(case), AS_OF, LEAD)
    event(decision.verdict)
    if verdicts == {Verdict.DUE}:
        assert decision.verdict is Verdict.DUE
    elif Verdict.DUE in verdicts:
        assert decision.verdict is Verdict.UNDETERMINED
    else:
        assert decision.verdict in verdicts | {Verdict.UNDETERMINED}
        if len(verdicts) == 1:
            assert decision.verdict in verdicts
        if decision.verdict is Verdict.UNDETERMINED:
            assert decision.reason is Reason.NOTHING_APPLIES


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, 400), st.integers(0, 400))
def test_what_has_ended_stays_ended(case: Case, days: int, more: int) -> None:
    case = replace(case, clauses=tuple(c for c in case.clauses if c.role is not Role.CEILING))
    first = AS_OF + timedelta(days=days)
    rule, facts = rule_of(case), facts_of(case)
    before, after = decide(rule, facts, first, LEAD), decide(rule, facts, first + timedelta(days=more), LEAD)
    assert all(b.ended is not True or a.ended for b, a in zip(before.findings, after.findings, strict=True))
    assert before.verdict is not Verdict.DUE or after.verdict is Verdict.DUE
    assert len(after.findings) == len(case.clauses)
