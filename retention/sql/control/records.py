"""What the control store remembers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from retention.model.errors import Problem
from retention.model.hold import Hold, PlacedArea, PlacedClaim, SubjectKey
from retention.model.run import RunHandle, RunState, SignedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as the control store knows it. ``failures``: rule id -> why its last attempt failed."""

    handle: RunHandle
    state: RunState
    created_at: datetime
    ended_at: datetime | None
    problems: tuple[str, ...]  # in words, set when the run is sealed
    report: str  # path; empty when none was written
    head: SignedHead | None
    failures: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far a rule has been examined: the bounds of its last completed run, as text by clause."""

    rule_digest: str
    as_of: datetime
    bounds: Mapping[str, str]
    swept_at: datetime  # as-of of the last run that examined everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The stop switch is on."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One immutable version of a pool of made-up values. ``name`` is family@locale; the order of ``values`` counts."""

    name: str
    version: int
    values: tuple[str, ...]
    digest: str
    faker: str  # release that made them


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRecord:
    """A hold with the epoch since which it is in force, and what is known of its release (empty: nothing yet)."""

    hold: Hold
    epoch: int
    release_requested_by: str = ""
    release_reason: str = ""
    released_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedHolds:
    """The holds of one epoch: pairs of hold and subject that are protected, linked ones too, areas of all datasets
    that are, the holds that were released, and the kinds of subject of which nobody can tell who is held. ``claims``:
    which of these holds are claims assessments."""

    epoch: int
    protected: frozenset[tuple[str, SubjectKey]]
    released: frozenset[str]
    areas: frozenset[PlacedArea] = frozenset()
    in_doubt: frozenset[str] = frozenset()
    claims: tuple[PlacedClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCopy:
    """How far a dataset has followed the holds. ``reason``: why it is behind, as far as known."""

    dataset: str
    epoch: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The last entry of one chain of a dataset's journal that the ledger holds."""

    seq: int
    hash: str
