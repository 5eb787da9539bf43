"""Periods, and how they are counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.functional_validators import PlainValidator

from retention.model.alignment import Alignment
from retention.model.period import Period
from retention.model.terms import Reach, Suspension, Terms, Transition
from retention.planning.business_days import jurisdictions
from retention.policy.documents.base import PERIOD_SCHEMA, Choice, Document, choose_from, period, shown, wrong
from retention.policy.documents.times import ALIGN_SCHEMA, Align, align


def _one_or_more(value: Any, read: Any, what: str) -> tuple[Any, ...]:
    if value == []:
        raise wrong("R142", f"the list of {what} is empty", f"list {what} in their order, or write one of them alone")
    return tuple(read(item) for item in value) if isinstance(value, list | tuple) else (read(value),)


def _periods(value: Any) -> tuple[Period, ...]:
    return _one_or_more(value, period, "periods")


def _jurisdiction(value: Any) -> str:
    if isinstance(value, str) and value in jurisdictions():
        return value
    hint = choose_from(str(value), [name for name in jurisdictions() if len(name) == 2], what="countries")
    raise wrong(
        "R142",
        f"the public holidays of {shown(value)} are not known",
        f"write a country or a part of one, such as DE, DE-BE or US-CA; {hint}",
    )


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    remedy = "write a day of the calendar, without quotes, such as 2025-01-31"
    raise wrong("R142", f"{shown(value)} is not a day", remedy)


def _or_list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


Periods = Annotated[tuple[Period, ...], PlainValidator(_periods), WithJsonSchema(_or_list(PERIOD_SCHEMA))]


def aligns_with(read: Callable[[Any], Alignment], schema: dict[str, Any]) -> Any:
    """The type of one alignment or several, each read and described in this way."""
    return Annotated[
        tuple[Alignment, ...],
        PlainValidator(lambda value: _one_or_more(value, read, "alignments")),
        WithJsonSchema(_or_list(schema)),
    ]


Aligns = aligns_with(align, ALIGN_SCHEMA)
Holidays = Annotated[
    str, PlainValidator(_jurisdiction), WithJsonSchema({"type": "string", "examples": ["DE", "DE-BE", "US-CA"]})
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class SuspensionDocument(Document):
    """Days on which the law stopped the clock for everybody; as many are added to periods that ran then.

    Example:
        {from: 2020-03-14, through: 2020-06-03}
    """

    from_: Day = Field(alias="from", description="The first day.")
    through: Day = Field(description="The last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.through < self.from_:
            raise wrong("R142", f"the suspension ends on {self.through}, before it begins", "correct from and through")
        return self


class CountingDocument(Document):
    """How a period is counted, where it is not simply added to the day of the event."""

    align: Aligns | None = Field(  # type: ignore[valid-type]
        None, description="Move the starting point to the end of this unit first; of several, one after the other."
    )
    first_day_counts: bool = Field(
        False, description="The day of the event is the first day of the period (beginning with the day)."
    )
    end: Align | None = Field(None, description="Move the end to the end of this unit (Poland: calendar_year).")
    business_days: Holidays | None = Field(
        None,
        description="An end on a weekend or a public holiday of this country, or part of it, moves to the next "
        "business day. Never of a ceiling.",
    )
    suspended: list[SuspensionDocument] = Field([], description="Days on which the law stopped the clock for all.")
    transition: TransitionDocument | None = Field(None, description="A law that changed, with its old text.")


class TransitionDocument(Document):
    """A law that changed: which records fall under which text. The keys beside this are the new text.

    Example:
        {effective: 2025-01-01, reach: running, before: {period: P10Y, align: calendar_year}}
    """

    effective: Day = Field(description="The first day of the new text.")
    reach: Annotated[Reach, Choice("ways in which a new text reaches older events", Reach)] = Field(
        description="running: all whose old period had not ended before that day. events: those on that day or later. "
        "capped: older ones end with the new period, run from that day, if that is earlier."
    )
    before: TermsDocument | None = Field(
        None,
        description="The old text: period, align and so on, with a transition of its own. Left out, of ceilings "
        "alone: before that day nothing had to be gone.",
    )


class TermsDocument(CountingDocument):
    """A period with how it is counted.

    Example:
        {period: P7Y, align: calendar_year}
    """

    period: Periods = Field(description="How long; of several, each is added to the end of the one before.")


CountingDocument.model_rebuild()


def terms_of(periods: tuple[Period, ...], counting: CountingDocument) -> Terms:
    """As the engine counts."""
    transition = counting.transition
    return Terms(
        periods=periods,
        align=counting.align or (),
        first_day_counts=counting.first_day_counts,
        end=counting.end,
        business_days=counting.business_days or "",
        suspended=tuple(Suspension(first=one.from_, last=one.through) for one in counting.suspended),
        transition=None
        if transition is None
        else Transition(
            effective=transition.effective,
            reach=transition.reach,
            before=None if transition.before is None else terms_of(transition.before.period, transition.before),
        ),
    )
