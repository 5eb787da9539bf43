"""One record as it was found: from this the sentences are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retention.model.clause import Role
from retention.model.hold import HoldClass
from retention.model.rule import Action, Rule
from retention.model.verdict import Decision, Reason
from retention.planning.ends import Ends
from retention.planning.facts import RowFacts
from retention.runtime.explanation import ChangeExplained, ClauseExplained, HoldExplained, RowsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``delayed_until``: when it is due, where it would be earlier but for a cool-down. ``behind``: its dataset has not
    followed the control store's holds yet."""

    rule: Rule
    as_of: datetime
    facts: RowFacts
    decision: Decision
    clauses: tuple[ClauseExplained, ...]
    holds: tuple[HoldExplained, ...]
    references: tuple[RowsOf, ...]
    unclassified: tuple[str, ...]
    ends: Ends
    ahead: tuple[ChangeExplained, ...]
    delayed_until: datetime | None
    behind: bool
    in_force: int  # holds in the dataset

    def of(self, *roles: Role) -> list[ClauseExplained]:
        """The clauses that apply, or may."""
        return [clause for clause in self.clauses if clause.role in roles and clause.applies is not False]

    @property
    def deletes(self) -> bool:
        """Whether disposal is, or is now, a deletion: what is only rewritten may be referred to."""
        return self.rule.disposition.action is Action.DELETE or self.decision.reason is Reason.FOLLOW_UP

    @property
    def covering(self) -> list[HoldExplained]:
        return [hold for hold in self.holds if hold.certain and hold.covers is not HoldClass.ANCHORED]

    @property
    def ceiling_reached(self) -> bool:
        return any(one.ended and one.applies for one in self.of(Role.CEILING))
