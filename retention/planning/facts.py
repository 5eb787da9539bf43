"""What the decision is told about one group: the root row and what other rows say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """``row`` maps column names to stored values, as the database's driver gives them.

    ``relationship_ends``: the end column of every relationship row, stored values. ``past_ends``: those of facts, each
    the last end of rows that are gone; None: nobody can tell when it came. ``held`` None: nobody can tell
    whether a hold covers the group. ``marked_on``: local date of a valid mark of this rule. ``referenced_by``: the
    table of a row outside of the group that refers to it, or empty. ``unclassified``: the live group has a column
    that the rule does not classify.
    """

    row: Mapping[str, object]
    relationship_ends: tuple[object, ...] = ()
    past_ends: tuple[object, ...] = ()
    held: bool | None = False
    marked_on: date | None = None
    referenced_by: str = ""
    unclassified: bool = False
