"""Rules over the table ``t`` of tests.property.test_sql_follows_decide, of every kind that the language has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from retention.model.alignment import Alignment, AlignTo
from retention.model.choice import PeriodColumn, Tier, Tiers, Unit
from retention.model.clause import Clause, Role, Settled
from retention.model.condition import All, Any, Compare, Condition, Not, Operator, Scalar
from retention.model.dataset import Source
from retention.model.join import Join, Lookup
from retention.model.period import Period
from retention.model.rule import (
    Action,
    ColumnUse,
    Disposition,
    Keep,
    Member,
    Missing,
    Relationship,
    Replace,
    Rule,
    SubjectPath,
    ValueKind,
)
from retention.model.starting_point import (
    ColumnEvent,
    Event,
    Operand,
    RelationshipEnd,
    SeveralEvents,
    SingleEvent,
    StartingPoint,
    Stored,
    TimeColumn,
    UnknownStart,
    WhenNull,
    Which,
)
from retention.model.terms import Counting, Reach, Suspension, Terms, Transition
from retention.planning import calendar
from retention.planning.counting import lead_days, never_falls, passed_days
from tests.property.facts_of_any_kind import told_ends
from tests.property.stored_values import CHANGES, EPOCH, SENTINELS, ZONES, instants

LONGEST = date(9998, 1, 1)
CONSTANTS: dict[str, tuple[Scalar, ...]] = {
    "flag": (True, False),
    "word": ("open", "closed", ""),
    "amount": (Decimal("19.99"), Decimal(0), 20),
    "number": (0, 7, -1),
    "day": (date(2020, 2, 29), date(2021, 1, 1)),
}
UNORDERED = ("flag",)
zones = st.sampled_from(ZONES)
periods = st.one_of(
    st.sampled_from([Period(), Period(years=6), Period(years=1), Period(months=13), Period(years=9999)]),
    st.builds(Period, years=st.integers(0, 3), months=st.integers(0, 20), weeks=st.integers(0, 2)),
    st.builds(Period, days=st.integers(0, 400)),
)
moved = st.one_of(
    st.sampled_from([AlignTo.MONTH, AlignTo.QUARTER, AlignTo.CALENDAR_YEAR]).map(lambda to: Alignment(to=to)),
    st.sampled_from([(2, 29), (9, 30), (12, 31), (1, 1)]).map(
        lambda end: Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=end)
    ),
)
alignments = st.just(Alignment()) | moved


_OPEN = ((), ("",), ("infinity", "0000-00-00"), ("", "0000-00-00", "infinity"))  # "": as the column would store it


def time_columns(prefix: str, numbers: tuple[str, ...]) -> st.SearchStrategy[TimeColumn]:
    def column(stored: Stored, number: str, zone: str, open_values: tuple[str, ...]) -> TimeColumn:
        return TimeColumn(
            column=f"{prefix}_{stored}{number}",
            stored=stored,
            stored_zone=zone if stored.local else None,
            open_values=tuple(value or SENTINELS[stored] for value in open_values),
        )

    return st.builds(column, st.sampled_from(Stored), st.sampled_from(numbers), zones, st.sampled_from(_OPEN))


starts = time_columns("at", ("1", "2"))


OWNER = (Join(columns=("owner_id",), table="owners", far_columns=("id",)),)


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    column = draw(st.sampled_from(sorted(CONSTANTS)))
    operators = [operator for operator in Operator if column not in UNORDERED or operator not in _ORDERED]
    operator = draw(st.sampled_from(operators))
    constants = st.sampled_from(CONSTANTS[column])
    if operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return Compare(column=column, operator=operator)
    many = operator in (Operator.IN, Operator.NOT_IN)
    chosen = draw(st.lists(constants, min_size=1, max_size=2)) if many else [draw(constants)]
    return Compare(column=column, operator=operator, values=tuple(chosen))


@st.composite
def comparisons_elsewhere(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS, Operator.IS_NULL]))
    values = () if operator is Operator.IS_NULL else ("DE",)
    return Compare(column="country", operator=operator, values=values, via=OWNER)


_ORDERED = (Operator.LESS_THAN, Operator.AT_MOST, Operator.MORE_THAN, Operator.AT_LEAST)


def combined(single: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        single,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=2).map(lambda parts: All(parts=tuple(parts))),
            st.lists(inner, min_size=1, max_size=2).map(lambda parts: Any(parts=tuple(parts))),
            inner.map(lambda part: Not(part=part)),
        ),
        max_leaves=3,
    )


conditions = combined(comparisons())  # of one row alone
conditions_of_rules = combined(st.one_of(comparisons(), comparisons(), comparisons_elsewhere()))
some_conditions = st.one_of(st.none(), st.none(), conditions_of_rules)


short = st.builds(Period, years=st.integers(0, 2), months=st.integers(0, 14), days=st.integers(0, 40))
suspensions = st.lists(
    st.builds(
        lambda first, days: Suspension(first=first, last=first + timedelta(days=days)),
        st.dates(date(2015, 1, 1), date(2026, 12, 31)),
        st.integers(0, 90),
    ),
    max_size=2,
).map(tuple)
plain_terms = st.builds(
    Terms,
    periods=st.lists(periods, min_size=1, max_size=2).map(tuple),
    align=st.lists(moved, max_size=2).map(tuple),
    first_day_counts=st.booleans(),
    end=st.none() | alignments,
    business_days=st.sampled_from(["", "", "DE-BE", "US-CA"]),
    suspended=st.just(()) | suspensions,
)
transitions = st.recursive(
    st.none(),
    lambda inner: st.builds(
        Transition,
        effective=st.dates(date(2005, 1, 1), date(2026, 12, 31)),
        reach=st.sampled_from(Reach),
        before=st.builds(lambda terms, older: replace(terms, transition=older), plain_terms, inner),
    ),
    max_leaves=2,
)
countings = st.builds(
    Counting,
    align=st.just(()) | st.lists(moved, max_size=1).map(tuple),
    periods=st.just(()) | st.lists(short, max_size=1).map(tuple),
    first_day_counts=st.booleans(),
    end=st.none() | alignments,
    business_days=st.sampled_from(["", "", "DE-BE", "US-CA"]),
    suspended=st.just(()) | suspensions,
    transition=st.none() | transitions,
)


monotone = st.builds(lambda terms, older: replace(terms, transition=older), plain_terms, transitions).filter(
    never_falls
)


def single_events(*, related: bool) -> st.SearchStrategy[SingleEvent]:
    column: st.SearchStrategy[SingleEvent] = starts.map(lambda at: ColumnEvent(at=at))
    return column | st.just(RelationshipEnd()) if related else column


def several_events(*, related: bool) -> st.SearchStrategy[SeveralEvents]:
    own = st.none() | st.none() | monotone
    operands = st.builds(Operand, event=single_events(related=related), when_null=st.sampled_from(WhenNull), terms=own)
    together = st.lists(operands, min_size=2, max_size=3).map(tuple)
    return st.builds(SeveralEvents, which=st.sampled_from(Which), operands=together)


def events(*, related: bool) -> st.SearchStrategy[Event]:
    single, several = single_events(related=related), several_events(related=related)
    return st.one_of(single, single, single, single, several, several, st.just(UnknownStart()))


def varying(*, lengths: bool) -> st.SearchStrategy[PeriodColumn | Tiers]:
    stored = st.just(PeriodColumn(at=MONTHS, unit=Unit.MONTHS))
    return st.deferred(lambda: tiers) if lengths else stored


@st.composite
def clauses(draw: st.DrawFn, name: str, *, related: bool, lengths: bool) -> Clause:
    role = draw(st.sampled_from(Role))
    event = draw(events(related=related))
    counting = draw(st.none() | countings)
    clause = Clause(
        id=name,
        role=role,
        start=StartingPoint(event=event, align=draw(alignments)),
        period=draw(periods),
        basis="",
        when=draw(some_conditions),
        live_while=draw(some_conditions) if role is Role.PURPOSE else None,
        counting=counting,
        varies=draw(st.none() | st.none() | varying(lengths=lengths)),
        unsigned=draw(st.sampled_from([False, False, False, True])),
        open_while=draw(some_conditions) if role is Role.FLOOR else None,
    )
    if counting is not None and not isinstance(event, ColumnEvent) and not never_falls(clause.terms):
        return replace(clause, counting=None)  # refused: which text the last of several events falls under
    return clause


relationships = st.builds(
    Relationship,
    join=st.just(Join(columns=("person",), table="periods", far_columns=("person",))),
    end=time_columns("ended", ("",)),
    window=st.none() | periods,
    otherwise=st.none() | starts,
)


BEGAN = TimeColumn(column="began", stored=Stored.DATE, open_values=("9999-12-31",))
MONTHS = Lookup(path=OWNER, column="months")
tiers = st.builds(
    lambda lengths, periods, last: Tiers(
        tiers=(
            *(Tier(shorter_than=one, period=periods[place]) for place, one in enumerate(sorted(lengths, key=_days))),
            Tier(shorter_than=None, period=last),
        )
    ),
    st.lists(st.sampled_from([Period(months=1), Period(years=1), Period(years=2), Period(days=20)]), min_size=1,
             max_size=2, unique=True),
    st.lists(short, min_size=2, max_size=2),
    short,
)  # fmt: skip


def _days(period: Period) -> int:
    return period.shortest_days


def with_lengths(relationship: Relationship) -> Relationship:
    """Whose length counts, where it is told in days."""
    days = relationship.end is not None and relationship.end.stored is Stored.DATE
    return replace(relationship, start=BEGAN) if days else relationship


@st.composite
def told_relationships(draw: st.DrawFn) -> Relationship:
    """Some of whose ends, or all, are told by facts from elsewhere."""
    relationship, told = draw(relationships), draw(told_ends)
    alone = bool(told) and draw(st.booleans())
    return replace(relationship, told=told, **({"join": None, "end": None} if alone else {}))


subjects = st.one_of(
    st.none(),
    st.builds(SubjectPath, kind=st.just("customer"), key=st.sampled_from(["person", "login", "uid"]),
              missing=st.sampled_from(Missing)),
    st.builds(SubjectPath, kind=st.just("customer"), key=st.just("login"), path=st.just(OWNER),
              missing=st.sampled_from(Missing)),
)  # fmt: skip
LINES = Member(
    table="lines",
    parent="t",
    join=Join(columns=("t_id",), table="t", far_columns=("id",)),
    columns=tuple(ColumnUse(column=name, kind=ValueKind.NONE, treatment=Keep(why="")) for name in ("id", "t_id")),
    primary_key=("id",),
)


groups = st.sampled_from([(), (LINES,)])


@st.composite
def choices(draw: st.DrawFn, clauses: tuple[Clause, ...]) -> tuple[Settled, ...]:
    """Counsel's, between some floors and ceilings."""
    pairs = [
        (floor.id, ceiling.id)
        for floor in clauses
        for ceiling in clauses
        if (floor.role, ceiling.role) == (Role.FLOOR, Role.CEILING)
    ]
    chosen = [(pair, draw(st.sampled_from([None, Role.FLOOR, Role.CEILING]))) for pair in pairs]
    return tuple(
        Settled(floor=floor, ceiling=ceiling, prevails=role, counsel="") for (floor, ceiling), role in chosen if role
    )


@st.composite
def rules(draw: st.DrawFn, columns: tuple[str, ...]) -> Rule:
    """``columns``: all of ``t``. A rule that pseudonymizes replaces ``note``, and may say nothing of ``extra``."""
    subject = draw(subjects)
    relationship = draw(st.none() | (relationships if subject is None else told_relationships()))
    if relationship is not None and draw(st.booleans()):
        relationship = with_lengths(relationship)
    lengths = relationship is not None and relationship.start is not None
    pseudonymizes = draw(st.booleans())
    after = draw(st.none() | periods) if pseudonymizes else None
    told = [name for name in columns if name != "extra" or draw(st.sampled_from([True, True, False]))]
    replaced = Replace(strategy="null")
    uses = [
        ColumnUse(column=name, kind=ValueKind.NONE, treatment=replaced if name == "note" else Keep(why=""))
        for name in told
    ]
    number = draw(st.integers(0, 4))
    said = tuple(draw(clauses(f"c{n}", related=relationship is not None, lengths=lengths)) for n in range(number))
    return Rule(
        id="d.t", dataset="d", title="", cluster="", owner="", table="t", primary_key=("id",),
        members=draw(groups),
        subject=subject,
        zone=draw(zones),
        condition=draw(some_conditions),
        relationship=relationship,
        clauses=said,
        settled=draw(choices(said)),
        disposition=Disposition(
            action=Action.PSEUDONYMIZE if pseudonymizes else Action.DELETE, then_delete_after=after
        ),
        columns=tuple(uses), limits=None, source=Source(file="", line=1), digest="",
    )  # fmt: skip


def _terms_of(clause: Clause) -> list[Terms]:
    event = clause.start.event
    if isinstance(clause.varies, Tiers):
        return [clause.terms_with(tier.period) for tier in clause.varies.tiers]
    if clause.varies is not None:
        return [clause.terms_with(Period(months=months)) for months in (2, 13)]
    own = [one.terms for one in event.operands if one.terms] if isinstance(event, SeveralEvents) else []
    return [clause.terms, *own]


as_ofs = st.one_of(
    instants(CHANGES),
    st.integers(631_152_000, 2_051_222_400).map(lambda seconds: EPOCH + timedelta(seconds=seconds)),
    st.dates(date(1995, 1, 1), date(2035, 1, 1)).map(lambda d: datetime(d.year, d.month, d.day, tzinfo=UTC)),
)
leads = st.sampled_from([Period(days=7), Period(), Period(days=30)])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A rule, and when and how it is asked."""

    rule: Rule
    as_of: datetime
    lead: Period

    @property
    def edges(self) -> tuple[datetime, ...]:
        """The instants at which an answer changes."""
        spans = [(terms, clause.role) for clause in self.rule.clauses for terms in _terms_of(clause)]
        if self.rule.relationship is not None and self.rule.relationship.window is not None:
            spans.append((Terms.plain(self.rule.relationship.window), Role.PURPOSE))
        today = calendar.as_of_date(self.as_of, self.rule.zone)
        edges = [self.as_of]
        for terms, role in spans:
            for early in {0, lead_days(terms, self.lead) if role is Role.CEILING else 0}:
                ranges = passed_days(today + timedelta(days=early), terms)
                for last in (day for one in ranges for day in (one.through, one.after) if day is not None):
                    if date(2, 1, 1) < last < LONGEST:
                        edges.append(calendar.day_begins(last + timedelta(days=1), self.rule.zone))
        return tuple(edges)


def asked(columns: tuple[str, ...]) -> st.SearchStrategy[Asked]:
    return st.builds(Asked, rule=rules(columns), as_of=as_ofs, lead=leads)
