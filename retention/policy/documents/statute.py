"""The shape of a file of statutes: one file, one jurisdiction."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.functional_validators import AfterValidator, PlainValidator

from retention.model.alignment import Alignment, AlignTo
from retention.model.jurisdiction import is_jurisdiction
from retention.model.statute import Confidence, Force, StatuteKind
from retention.policy.documents.base import Choice, Document, Short, Text, Version, shown, wrong
from retention.policy.documents.terms import CountingDocument, Day, Periods, aligns_with
from retention.policy.documents.times import ALIGN_SCHEMA, align

_WORD = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_ID = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)+", re.ASCII)


def _jurisdiction(text: str) -> str:
    if not is_jurisdiction(text):
        raise wrong("R150", f"{shown(text)} is no jurisdiction", "write an ISO 3166 code (DE, US-CA), EU or INT")
    return text


def _id(text: str) -> str:
    if len(text) > 60 or not _ID.fullmatch(text):
        remedy = "write jurisdiction, law and provision in lower case, with dashes between: de-ao147-letters"
        raise wrong("R150", f"{shown(text)} is not the id of a statute", remedy)
    return text


def _word(text: str) -> str:
    if len(text) > 60 or not _WORD.fullmatch(text):
        remedy = "use lower-case letters, digits and _, such as invoices_tax or invoice_issued"
        raise wrong("R150", f"{shown(text)} is not a name", remedy)
    return text


def _align_of_a_law(value: Any) -> Alignment:
    """Also a fiscal year whose end the law does not know: the rule says it."""
    return Alignment(to=AlignTo.FISCAL_YEAR) if value == AlignTo.FISCAL_YEAR else align(value)


_SCHEMA = {"anyOf": [*ALIGN_SCHEMA["anyOf"], {"const": "fiscal_year"}]}
Jurisdiction = Annotated[str, AfterValidator(_jurisdiction)]
StatuteId = Annotated[str, AfterValidator(_id)]
Name = Annotated[str, AfterValidator(_word)]
LegalAlign = Annotated[Alignment, PlainValidator(_align_of_a_law), WithJsonSchema(_SCHEMA)]
LegalAligns = aligns_with(_align_of_a_law, _SCHEMA)


class LegalCountingDocument(CountingDocument):
    """How a law counts: as a rule does, and a fiscal year may be left for the rule to say (fiscal_year)."""

    align: LegalAligns | None = Field(None, description="Move the starting point to the end of this unit first.")  # type: ignore[valid-type]
    end: LegalAlign | None = Field(None, description="Move the end to the end of this unit.")


class EventDocument(LegalCountingDocument):
    """One of several events, with terms of its own where the law says so.

    Example:
        {event: termination_of_employment, period: P1Y}
    """

    event: Name = Field(description="Name of the event.")
    period: Periods | None = Field(None, description="How long from this event; left out: as the statute says.")

    @model_validator(mode="after")
    def _counts_its_own_period(self) -> Self:
        if self.period is None and (counted := _counting_of(self)):
            what = f"{self.event} says {', '.join(counted)}, and no period to count by it"
            raise wrong("R152", what, "give the event a period of its own, or say it of the whole statute")
        return self


Event = Annotated[EventDocument, Short("event", "Name of the event.")]


class SeveralDocument(Document):
    """The latest or the earliest of several events, or one.

    Example:
        {latest_of: [record_made, personnel_action]}
    """

    event: Name | None = Field(None, description="One event.")
    latest_of: list[Event] | None = Field(None, description="Two events or more, of which the latest counts.")
    earliest_of: list[Event] | None = Field(None, description="Two events or more, of which the earliest counts.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("event", "latest_of", "earliest_of") if getattr(self, name) is not None]
        if not given:
            raise wrong("R151", "the start names no event", "write event, latest_of or earliest_of")
        if len(given) > 1:
            raise wrong("R151", f"{' and '.join(given)} stand side by side", "keep one of them: each names the start")
        several = self.latest_of or self.earliest_of
        if given != ["event"] and len(several or ()) < 2:
            raise wrong("R151", "one event is not several", "list two events or more, or write the one alone")
        names = [one.event for one in several or ()]
        if twice := [name for name in names if names.count(name) > 1]:
            raise wrong("R151", f"the event {twice[0]} stands twice", "take one out, or give it a name of its own")
        return self


class EffectiveDocument(Document):
    """Since when, and until when, it is the law.

    Example:
        {from: 2025-01-01}
    """

    from_: Day | None = Field(None, alias="from", description="The first day.")
    to: Day | None = Field(None, description="The last day.")


class StatuteDocument(LegalCountingDocument):
    """A period that a law sets. What cannot be said in these keys is not approximated: it needs a decision.

    Example:
        id: de-ao147-letters
        kind: minimum
        categories: [communications]
        start: letter_received_or_sent
        align: calendar_year
        period: P6Y
        citation: AO s.147(1) nos.2,3,5 with (3),(4)
        confidence: V2
        sources: [a restatement]
    """

    id: StatuteId = Field(description="Jurisdiction, law, provision.")
    kind: Annotated[StatuteKind, Choice("kinds of statutes", StatuteKind)] = Field(description="What it asks for.")
    categories: list[Name] = Field(description="The records that it is about.")
    start: Annotated[SeveralDocument, Short("event", "Name of the event.")] = Field(description="The starting event.")
    period: Periods | None = Field(None, description="How long; only one that needs a decision has none.")
    citation: Text = Field(description="Where the law says so.")
    force: Annotated[Force, Choice("forces", Force)] = Field(Force.LAW, description="By what it binds.")
    applies_to: Text | None = Field(None, description="On whom it is binding; left out: on everybody.")
    open_while: Text | None = Field(None, description="What keeps it open, or stops its clock, in words.")
    effective: EffectiveDocument | None = Field(None, description="Since when, and until when, it is the law.")
    supersedes: list[StatuteId] = Field([], description="Entries that it took the place of.")
    confidence: Annotated[Confidence, Choice("degrees of confidence", Confidence)] = Field(
        description="V1: the wording was seen. V2: seen in a secondary source. M: from memory."
    )
    sources: list[Text] = Field(description="Where it was seen.")
    note: Text | None = Field(None, description="What else a reader should know.")
    needs_decision: Text | None = Field(None, description="Why it cannot be typed, and what has to be decided.")

    @model_validator(mode="after")
    def _typed_or_said(self) -> Self:
        """Nothing is said that would not be heeded: a reader would believe it."""
        several = self.start.latest_of or self.start.earliest_of or []
        own = [one.event for one in several if one.period is not None]
        said = ["period"] if self.period is not None else []
        said += _counting_of(self)
        if self.needs_decision is not None:
            if said or own:
                what = f"it needs a decision, yet says {', '.join(said or [f'a period from {own[0]}'])}"
                remedy = "write a period, or say under needs_decision what has to be decided; not both"
                raise wrong("R152", f"{self.id}: {what}", remedy)
        elif several and len(own) == len(several):
            if said:
                what = f"each of its events has a period of its own, yet the statute says {', '.join(said)}"
                raise wrong("R152", f"{self.id}: {what}", "say it of each event: nothing would be counted by it here")
        elif self.period is None:
            remedy = "write a period, or say under needs_decision what has to be decided"
            raise wrong("R152", f"{self.id}: it has no period", remedy)
        return self


def _counting_of(document: CountingDocument) -> list[str]:
    """The keys by which it says how to count."""
    return [name for name in CountingDocument.model_fields if name in document.model_fields_set]


class StatutesDocument(Document):
    """A file of the catalogue: the statutes of one jurisdiction."""

    version: Version = Field(description="Always 1.")
    jurisdiction: Jurisdiction = Field(description="ISO 3166 code of a country or of a part of it, EU, or INT.")
    statutes: list[StatuteDocument] = Field(description="The entries.")


class SignOffDocument(Document):
    """Counsel vouches for an entry as it is: an entry that changes has to be signed off again.

    Example:
        {statute: de-ao147-letters, text: "3f2a9c01d4e5", by: A. Reed, on: 2026-02-01, reference: opinion 2026-07}
    """

    statute: Text = Field(description="The entry's id.")
    text: Text = Field(description="The digest of the entry that was seen; `retention statutes show` says it.")
    by: Text = Field(description="Who.")
    on: Day = Field(description="When.")
    reference: Text = Field(description="Where the opinion lies.")


class SignOffsDocument(Document):
    """statutes/sign_offs.yaml: for which entries counsel of this deployment vouches."""

    version: Version = Field(description="Always 1.")
    sign_offs: list[SignOffDocument] = Field(description="One for each entry.")
