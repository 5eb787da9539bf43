"""Legal holds, claims assessments, and the canonical identity of a subject."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from retention.model.condition import Condition

LONGEST_KEY = 255  # characters


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SubjectKey:
    """A person: a kind ("customer") and a canonical text key. ``4711`` and ``'4711'`` are one."""

    kind: str
    key: str


def canonical_key(value: object) -> str:
    """The one text form of a subject's key: integers in decimal, UUIDs in lower case with hyphens, text as it is.

    Raises ValueError for what has no such form (floats, dates, bytes): a rule must not key a subject by these.
    """
    match value:
        case bool():
            raise ValueError("a truth value cannot identify a person")
        case int():
            return str(value)
        case uuid.UUID():
            return str(value)
        case str():
            return value
    raise ValueError(f"a {type(value).__name__} cannot identify a person: use a whole number, a text or a UUID")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectScope:
    """Every row of these persons, present and future, in every dataset."""

    subjects: tuple[SubjectKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionScope:
    """The rows of a table that match a condition. What matched once stays held; new matches join."""

    dataset: str
    table: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class TableScope:
    """Every row of a table, present and future."""

    dataset: str
    table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetScope:
    """Everything in a dataset, present and future."""

    dataset: str


Area: TypeAlias = ConditionScope | TableScope | DatasetScope  # lies in one dataset
Scope: TypeAlias = SubjectScope | Area


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedArea:
    """An area, and the hold that it belongs to."""

    hold_id: str
    area: Area


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Elements:
    """Columns of a table that a claims assessment needs."""

    dataset: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a claims assessment says beside its subjects. ``through``: the last local day on which it keeps;
    ``elements`` empty: the whole rows of its subjects."""

    owner: str
    through: date
    elements: tuple[Elements, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedClaim:
    """A claims assessment as statements and decisions need it."""

    claim_id: str
    through: date
    elements: tuple[Elements, ...] = ()

    @property
    def name(self) -> str:
        """As a clause is named."""
        return f"claim {self.claim_id}"


class HoldClass(StrEnum):
    """How holds cover a group. All but ANCHORED hold it. Stable names."""

    SUBJECT = "subject"  # a hold on a person whom it is about
    CAPTURED = "captured"  # one of its rows matches a hold's condition, or matched it once
    TABLE = "table"  # one of its rows stands in a table that is held
    DATASET = "dataset"  # its dataset is held
    COMPANION = "companion"  # declared to stay along with a group that one of the above covers
    SAME_SUBJECT = "same_subject"  # a row under a hold refers to it, and both are about one person
    ANCHORED = "anchored"  # a row under a hold refers to it: it is not deleted, and its key stays


class HoldState(StrEnum):
    """pending -> in_force -> release_requested -> release_confirmed -> released; a hold protects in every state but
    the last. Where there is no cool-down, a release that is confirmed takes effect at once."""

    PENDING = "pending"  # some dataset could not be reached yet; no run touches that dataset
    IN_FORCE = "in_force"
    RELEASE_REQUESTED = "release_requested"  # still protects: a second person has not confirmed
    RELEASE_CONFIRMED = "release_confirmed"  # still protects: until the cool-down is over
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Everything in its scope is frozen for this system until it is released.

    One with a ``claim`` is a claims assessment: placed and released like a hold, but a floor that has a last day."""

    id: str  # "H-0001", of a claims assessment "A-0001"
    matter: str  # why: case or file number; no personal value
    subjects: tuple[SubjectKey, ...]
    placed_by: str
    placed_at: datetime
    state: HoldState
    areas: tuple[Area, ...] = ()  # conditions, tables and datasets beside its subjects
    protects_until: datetime | None = None  # the end of a confirmed release's cool-down; None: no release is confirmed
    claim: Claim | None = None

    def __post_init__(self) -> None:
        if self.placed_at.tzinfo is None or (self.protects_until and self.protects_until.tzinfo is None):
            raise ValueError("placed_at and protects_until must carry a zone")

    @property
    def noun(self) -> str:
        return "hold" if self.claim is None else "claims assessment"

    @property
    def verb(self) -> str:
        """Of the command line: `retention hold`, or `retention claim`."""
        return "hold" if self.claim is None else "claim"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        subjects = (SubjectScope(subjects=self.subjects),) if self.subjects else ()
        return (*subjects, *self.areas)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReceipt:
    """What placing a hold meant in one dataset. ``in_force`` False: it could not be reached and is pending there, or
    two people have ``retired`` it."""

    dataset: str
    in_force: bool
    reason: str  # empty when in force
    protected: tuple[tuple[str, int], ...]  # (table, rows in scope now)
    gone: tuple[tuple[str, str, str], ...]  # (rule id, run id, committed at ISO 8601): disposals that preceded the hold
    not_linked: tuple[str, ...]  # tables that carry no path to this kind of subject, so were not searched
    no_rule: tuple[str, ...] = ()  # those of them for which no rule speaks at all
    classes: tuple[tuple[str, HoldClass, int], ...] = ()  # (table, how the hold covers them, rows)
    retired: bool = False  # ``reason`` says by whom and why: nothing is disposed of there, and no hold waits for it


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReceipt:
    """What a person who placed a hold can swear to. It protects against this system only.

    ``linked``: (dataset, table of the link, kind, keys) that identity links added to the hold. ``doubts``: (dataset,
    table of the link, kinds, why) where they cannot be followed: all rows about these kinds are kept."""

    hold: Hold
    datasets: tuple[DatasetReceipt, ...]
    linked: tuple[tuple[str, str, str, int], ...] = ()
    doubts: tuple[tuple[str, str, tuple[str, ...], str], ...] = ()
