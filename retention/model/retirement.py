"""Datasets that are given up: two people retire one, so that no hold waits for it and no run touches it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RetirementState(StrEnum):
    """requested -> retired -> revival_requested; each arrow, and the one back into use, needs a second person. Who
    asks for the opposite takes a request back."""

    REQUESTED = "requested"  # nothing has changed yet
    RETIRED = "retired"
    REVIVAL_REQUESTED = "revival_requested"  # still retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """``confirmed_by`` is empty while the retirement is requested, ``revival_*`` while no revival is."""

    dataset: str
    state: RetirementState
    reason: str  # no personal value
    requested_by: str
    requested_at: datetime
    confirmed_by: str = ""
    revival_requested_by: str = ""
    revival_reason: str = ""

    @property
    def retired(self) -> bool:
        """Whether no hold waits for the dataset, and no run touches it."""
        return self.state is not RetirementState.REQUESTED

    @property
    def in_words(self) -> str:
        """ "retired by ada and ben: the database is gone" """
        persons = " and ".join(person for person in (self.requested_by, self.confirmed_by) if person)
        return f"{'retired' if self.retired else 'its retirement is requested'} by {persons}: {self.reason}"
