"""A statute of the catalogue: a period that a law, an authority or a contract sets, and how it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retention.model.alignment import AlignTo
from retention.model.dataset import Source
from retention.model.starting_point import Which
from retention.model.terms import Terms


class StatuteKind(StrEnum):
    """minimum: must be kept until. limitation: may be kept for claims until. maximum: must be gone by.
    response_deadline: somebody must answer by then; a task, never a ceiling."""

    MINIMUM = "minimum"
    LIMITATION = "limitation"
    MAXIMUM = "maximum"
    RESPONSE_DEADLINE = "response_deadline"


class Force(StrEnum):
    """By what it binds."""

    LAW = "law"
    REGULATOR_GUIDANCE = "regulator_guidance"
    CONTRACT_STANDARD = "contract_standard"


class Confidence(StrEnum):
    """How well the entry itself is founded; whether it may be relied on, only counsel says."""

    V1 = "V1"  # the wording of the provision, or an official restatement of it, was seen
    V2 = "V2"  # number and topic were seen with a regulator or in a secondary source
    M = "M"  # from memory


@dataclass(frozen=True, slots=True, kw_only=True)
class StatuteEvent:
    """An event by its name in the law. ``terms``: how long from this one; None: as the statute says."""

    name: str
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """Counsel vouches for one text of an entry: another text is not signed off. ``on``: the day of it."""

    by: str
    on: date
    reference: str
    text: str  # the digest of the entry that was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Statute:
    """``events``: one, or several of which ``which`` counts. ``terms`` None: it cannot be typed, and ``needs_decision``
    says why. ``digest`` covers all that decides, in lower-case hex."""

    id: str
    jurisdiction: str
    categories: tuple[str, ...]
    kind: StatuteKind
    citation: str
    force: Force
    events: tuple[StatuteEvent, ...]
    which: Which | None  # None: of one event
    terms: Terms | None
    needs_decision: str
    applies_to: str  # on whom it is binding, in words; empty: on everybody
    open_while: str  # what keeps it open, in words
    effective_from: date | None
    effective_to: date | None
    supersedes: tuple[str, ...]
    confidence: Confidence
    sources: tuple[str, ...]
    note: str
    digest: str
    sign_off: SignOff | None
    source: Source

    @property
    def signed(self) -> bool:
        return self.sign_off is not None

    @property
    def needs_fiscal_year(self) -> bool:
        """Whether a rule has to say when the fiscal year ends."""
        every = [self.terms, *(event.terms for event in self.events)]
        return any(terms is not None and _without_its_end(terms) for terms in every)


def _without_its_end(terms: Terms) -> bool:
    aligns = (*terms.align, *((terms.end,) if terms.end else ()))
    before = terms.transition.before if terms.transition else None
    older = before is not None and _without_its_end(before)
    return older or any(align.to is AlignTo.FISCAL_YEAR and align.fiscal_year_ends is None for align in aligns)
