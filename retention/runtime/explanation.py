"""What `retention explain` says, as values. Of a person they hold no value but keys of rows and dates of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from retention.model.alignment import AlignTo
from retention.model.clause import Role
from retention.model.hold import HoldClass, HoldState, SubjectKey
from retention.model.rule import Action
from retention.model.verdict import Reason, Verdict
from retention.planning.deciding_line import Line
from retention.planning.ends import Ends


class Doubt(StrEnum):
    """Why nobody can tell whether a clause has ended. Stable names."""

    NONE = ""
    START = "start"  # its start is NULL, cannot be read, or lies in the future of a ceiling
    PERIOD = "period"  # the column that says how long holds no period
    RELATIONSHIP = "relationship"  # there is none to count from
    SUBJECT = "subject"  # a claims assessment may be on the person, and nobody knows who that is
    JURISDICTION = "jurisdiction"  # the law of a country that the rule does not cover


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseExplained:
    """In words are ``starts_at``, ``counted``, and without constants ``condition`` (empty: it is for all) and
    ``open_while``. ``applies``, ``ended`` None: unknown; ``ended`` of a ceiling: reached. ``live`` False: a purpose
    that is not live any more. ``stays_open``: whether a floor's ``open_while`` holds. ``unsigned``: counsel has not
    signed the ``statute`` off, so that it lets nothing go. ``over_at``: the first instant after its last day."""

    id: str
    role: Role
    basis: str
    starts_at: str
    align: AlignTo
    period: str
    start: date | None
    kept_through: date | None
    applies: bool | None
    ended: bool | None
    counted: str = ""
    condition: str = ""
    live: bool | None = True
    open_while: str = ""
    stays_open: bool | None = False
    counsel: str = ""
    statute: str = ""
    unsigned: bool = False
    yields_to: str = ""  # of a floor: the reached ceiling that prevails by counsel's choice
    doubt: Doubt = Doubt.NONE
    assessment: str = ""  # the id of the claims assessment that sets this floor
    over_at: datetime | None = None

    @property
    def says(self) -> str:
        """What the clause says of the record, in words."""
        if self.applies is False:
            return "does not apply"
        if self.ended is None or self.applies is None:
            return "unknown"
        if self.role is Role.CEILING:
            return "reached: must be gone" if self.ended else "not reached"
        if self.yields_to:
            return f"yields to the ceiling {self.yields_to}, as counsel chose"
        if self.live is False:
            return "ended: not live any more"
        return "ended" if self.ended else "keeps"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExplained:
    """A legal hold that covers the record, and by which class. ``certain`` False: nobody can tell whether it does."""

    id: str
    covers: HoldClass
    matter: str
    placed_at: datetime
    protects_until: datetime | None  # of a release that is confirmed
    state: HoldState = HoldState.IN_FORCE
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOf:
    """So many rows of a table. ``rules``: those that decide on them; none: no rule does."""

    table: str
    rows: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeExplained:
    """From ``at`` on (``on``: its local day in the rule's zone) the verdict is another one, if nothing is written."""

    at: datetime
    on: date
    verdict: Verdict
    reason: Reason
    line: Line


class Obstacle(StrEnum):
    """What can stand between a record and its disposal. Stable names."""

    HOLD = "hold"
    HOLD_UNKNOWN = "hold_unknown"
    HOLDS_BEHIND = "holds_behind"
    CONDITION = "condition"
    MARK = "mark"
    FLOOR = "floor"
    PURPOSE = "purpose"
    CEILING = "ceiling"
    UNSIGNED = "unsigned"
    NOTHING_APPLIES = "nothing_applies"
    REFERENCE = "reference"
    ANCHOR = "anchor"
    UNCLASSIFIED = "unclassified"
    STALE_FACTS = "stale_facts"
    COOL_DOWN = "cool_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """One thing that stands between the record and its disposal, and what it needs. ``until``: the instant at which it
    ends by itself; None: it takes a deed. ``name``: of the clause, hold, table or column; may be empty."""

    kind: Obstacle
    name: str
    what: str
    needs: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``action`` is what happens to the record once it is due. No value of the record but its key and its dates."""

    rule_id: str
    title: str
    table: str
    key: str
    as_of: datetime
    zone: str
    verdict: Verdict
    reason: Reason
    why: str
    remedy: str
    action: Action
    clauses: tuple[ClauseExplained, ...]
    holds: tuple[HoldExplained, ...]
    held_unknown: bool  # nobody can tell whom the record is about, and there are holds
    marked_on: date | None
    referenced_by: str
    unclassified: tuple[str, ...]
    due_from: datetime | None  # when a change of the rule that keeps it waiting takes effect; None: nothing does
    dataset: str
    owner: str
    line: Line
    because: str  # one sentence on this one record
    but_for_holds: Verdict | None  # of a record that is held: what it would be without any hold
    ends: Ends  # F, P and C
    next_change: ChangeExplained | None  # None: time alone brings none
    ahead: tuple[ChangeExplained, ...]  # it, and those that follow up to the first *due*
    hangs_on: tuple[str, ...]  # where time alone brings nothing: what it takes
    between: tuple[Between, ...]  # of a record that is kept
    unprotected: tuple[str, ...]  # of a record that is due: why nothing protects it
    members: tuple[RowsOf, ...]  # rows that go with it
    references: tuple[RowsOf, ...]  # rows of others that refer to it
    other_rules: tuple[str, ...]  # that judge the same table, or whose groups take it along
    given: str  # the row of a member table that was asked for; empty: the record itself
    told_by: tuple[str, ...]  # facts from elsewhere that it counts from


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReached:
    """A dataset, a rule or a link that could not be looked at, and why."""

    place: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsUnder:
    """The person's rows under one rule: ``rows`` in all, of which ``records`` are explained, by key. ``nameless``:
    other rows name nobody, and nobody can tell whether one is about the person."""

    rule_id: str
    title: str
    table: str
    rows: int
    records: tuple[Explanation, ...]
    nameless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A batch of a run that disposed of rows of the person."""

    rule_id: str
    run_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSearched:
    """``under``: rules that found rows; ``without``: rules about such a person that found none; ``not_about``: rules
    about persons of other kinds, or about nobody; ``no_rule``: tables for which no rule speaks, and why none need."""

    dataset: str
    title: str
    under: tuple[RowsUnder, ...]
    without: tuple[RowsUnder, ...]
    not_about: tuple[str, ...]
    no_rule: Mapping[str, str]
    gone: tuple[Gone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExplained:
    """``linked``: how many further keys of the same person identity links tell, by kind; the keys themselves are values
    of the person. ``doubts``: where links are silent. ``holds``, ``claims``: ids of the legal holds and the
    claims assessments that stand on this person."""

    subject: SubjectKey
    as_of: datetime
    linked: Mapping[str, int]
    doubts: tuple[str, ...]
    holds: tuple[str, ...]
    claims: tuple[str, ...]
    datasets: tuple[DatasetSearched, ...]
    not_reached: tuple[NotReached, ...]
    retired: tuple[str, ...]

    @property
    def records(self) -> tuple[Explanation, ...]:
        return tuple(one for dataset in self.datasets for rule in dataset.under for one in rule.records)
