"""What the decision is told about one group: the root row and what other rows say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from retention.model.hold import HoldClass, PlacedClaim
from retention.model.join import Lookup
from retention.planning.stored_time import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOn:
    """A claims assessment on a person whom the group is about; not ``certain``: nobody can tell whom that is."""

    claim: PlacedClaim
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """``row`` maps column names to stored values, as the database's driver gives them.

    ``looked_up``: what the rule reads of other rows. ``relationship_ends``: the end column of every relationship row,
    stored values. ``relationship_starts``: their start columns, in the same order, where the length of the
    relationship counts. ``past_ends``: those of facts, each the last end of rows that are gone; None: nobody can tell
    when it came. ``told_ends``: what facts from elsewhere say. ``stale``: those of them that are not complete up to a
    time near enough to as-of. ``covered``: by which classes holds cover the group; None where nobody can tell, False or
    left out where they do not. ``marked_on``: local date of a valid mark of this rule. ``referenced_by``: the table of
    a row outside of the group that refers to it, or empty. ``unclassified``: the live group has a column that the rule
    does not classify. ``needed``: by the name of another rule's floor the rows, of its table, that need the group.
    ``claims``: all claims assessments on the person, whatever they need.
    """

    row: Mapping[str, object]
    looked_up: Mapping[Lookup, object] = field(default_factory=dict)
    relationship_ends: tuple[object, ...] = ()
    relationship_starts: tuple[object, ...] = ()
    past_ends: tuple[object, ...] = ()
    told_ends: tuple[Reading, ...] = ()
    stale: tuple[str, ...] = ()
    covered: Mapping[HoldClass, bool | None] = field(default_factory=dict)
    claims: tuple[ClaimOn, ...] = ()
    marked_on: date | None = None
    referenced_by: str = ""
    unclassified: bool = False
    needed: Mapping[str, tuple[RowFacts, ...]] = field(default_factory=dict)

    @property
    def held(self) -> bool | None:
        """Whether a hold freezes the group; None: nobody can tell."""
        answers = [answer for hold_class, answer in self.covered.items() if hold_class is not HoldClass.ANCHORED]
        return True if True in answers else None if None in answers else False

    @property
    def anchored(self) -> bool:
        """A row under a hold refers to the group."""
        return self.covered.get(HoldClass.ANCHORED) is True
