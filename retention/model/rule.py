"""A rule: what decides the fate of the groups of one root table, and what happens to them in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from retention.model.clause import Clause, NeededBy, Role, Settled
from retention.model.condition import Condition, Scalar
from retention.model.dataset import Dataset, Source
from retention.model.fact import Fact, ToldEnd
from retention.model.join import Join
from retention.model.period import Period
from retention.model.schema import Schema
from retention.model.starting_point import TimeColumn


class Missing(StrEnum):
    """What a NULL or dangling subject key means."""

    UNKNOWN = "unknown"  # somebody, but nobody can tell whom: a hold might cover the row
    NOBODY = "nobody"  # the row is about no one


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectPath:
    """The person whom a row is about: ``key`` stands in the row itself, or in the last table of ``path``."""

    kind: str
    key: str
    path: tuple[Join, ...] = ()
    missing: Missing = Missing.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """Ends of the relationships of the root row's subject: in rows of a related table of the same dataset, and in facts
    from elsewhere. One of both at least; ``join`` and ``end`` go together."""

    join: Join | None  # from the root table to the relationship table
    end: TimeColumn | None  # in the relationship table; NULL or future: active
    window: Period | None = None  # re-enrolment: kept this long after the end at least
    otherwise: TimeColumn | None = (
        None  # in the root table: counts where no relationship row exists; None: undetermined
    )
    told: tuple[ToldEnd, ...] = ()
    start: TimeColumn | None = None  # in the relationship table, of days: only where its length counts

    @property
    def rows(self) -> RelatedRows | None:
        """Where the dataset itself says when a relationship ended; None: facts from elsewhere alone do."""
        if self.join is None or self.end is None:
            return None
        return RelatedRows(join=self.join, end=self.end, start=self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedRows:
    """Rows of a related table, each with the end of one relationship."""

    join: Join
    end: TimeColumn
    start: TimeColumn | None = None


class ValueKind(StrEnum):
    """What kind of value a column holds. Everything but KEY and NONE is personal."""

    KEY = "key"  # identifies rows, not read as a person's value
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    PHONE = "phone"
    STREET = "street"
    CITY = "city"
    POSTCODE = "postcode"
    REGION = "region"
    COUNTRY = "country"
    BIRTH_DATE = "birth_date"
    DATE = "date"
    IP = "ip"
    TOKEN = "token"  # noqa: S105  login, card token, device or cookie identifier
    ORGANIZATION = "organization"
    FREE_TEXT = "free_text"
    OTHER = "other"  # personal, none of the above
    NONE = "none"


IDENTIFYING = frozenset(
    {
        ValueKind.NAME,
        ValueKind.GIVEN_NAME,
        ValueKind.FAMILY_NAME,
        ValueKind.EMAIL,
        ValueKind.PHONE,
        ValueKind.STREET,
        ValueKind.BIRTH_DATE,
        ValueKind.IP,
        ValueKind.TOKEN,
        ValueKind.FREE_TEXT,
        ValueKind.OTHER,
    }
)
TELLING = frozenset({ValueKind.EMAIL, ValueKind.PHONE, ValueKind.TOKEN})


class Consistent(StrEnum):
    """Who gets the same pseudonym: a subject everywhere, an equal value everywhere, or this row alone."""

    SUBJECT = "subject"
    VALUE = "value"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """A strategy of the anonymizers registry, with its validated parameters."""

    strategy: str
    params: Mapping[str, Scalar] = field(default_factory=dict)
    consistent: Consistent = Consistent.SUBJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """The column stays as it is when the row is pseudonymized, with a word why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """What a column holds and what becomes of it. ``treatment`` None: it goes with the deleted row."""

    column: str
    kind: ValueKind
    treatment: Replace | Keep | None = None
    elsewhere: bool = False  # another element group of the row decides on it


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A table whose rows go with the root row. ``parent`` is the root or another member; ``join`` runs from the
    member to its parent. Members are listed parents first."""

    table: str
    parent: str
    join: Join
    columns: tuple[ColumnUse, ...]
    primary_key: tuple[str, ...]


class Action(StrEnum):
    DELETE = "delete"
    PSEUDONYMIZE = "pseudonymize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What happens in the end. ``then_delete_after`` counts from the local date of the as-of that the mark carries."""

    action: Action
    then_delete_after: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A run refuses a rule that would dispose of more groups than the larger of both."""

    share: float  # of the root table's rows, 0 to 1
    groups: int


class Approval(StrEnum):
    """Whether a second person approves a plan before anything is disposed of by it."""

    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule file. ``digest`` covers everything below but ``source``, ``limits`` and ``approval``, with defaults
    expanded."""

    id: str
    dataset: str
    title: str
    cluster: str
    owner: str  # who is given what is undetermined or overdue
    table: str
    primary_key: tuple[str, ...]
    members: tuple[Member, ...]
    subject: SubjectPath | None  # None: about no person, and the file says why
    zone: str  # IANA name
    condition: Condition | None
    relationship: Relationship | None
    clauses: tuple[Clause, ...]
    disposition: Disposition
    columns: tuple[ColumnUse, ...]
    limits: Limits | None  # None: the deployment's
    source: Source
    digest: str
    approval: Approval = Approval.NONE  # NONE: the deployment decides
    settled: tuple[Settled, ...] = ()  # conflicts of a floor with a ceiling, each with counsel's choice
    needed_by: tuple[NeededBy, ...] = ()  # floors of other rules that need something of the group
    element_of: str = ""  # the rule of whose rows this one is an element group: some of the columns
    companions: tuple[Join, ...] = ()  # from the root to tables of other rules: held along with what is held here

    def settled_for(self, floor: str, ceiling: str) -> Role | None:
        """Which of the two prevails; None: nobody has chosen."""
        return next((one.prevails for one in self.settled if (one.floor, one.ceiling) == (floor, ceiling)), None)

    def of_role(self, role: Role) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.role is role)

    @property
    def tables(self) -> tuple[str, ...]:
        """Root first, then members, parents first."""
        return (self.table, *(member.table for member in self.members))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All that the rules folder says, each rule valid against its dataset's snapshot."""

    datasets: Mapping[str, Dataset]
    schemas: Mapping[str, Schema]  # by dataset id; declared references are merged in (``declared=False``)
    rules: tuple[Rule, ...]  # in file-name order
    digest: str  # over datasets, schemas, facts and rules
    facts: Mapping[str, Fact] = field(default_factory=dict)  # from elsewhere, by id

    def of_dataset(self, dataset: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.dataset == dataset)

    def rule(self, rule_id: str) -> Rule:
        """Raises KeyError for an unknown id."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
