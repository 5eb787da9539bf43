"""Periods that differ from row to row, as a rule file says them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from retention.model.choice import Unit
from retention.model.period import Period
from retention.model.terms import Terms
from retention.planning.counting import kept_through
from retention.policy.documents.base import Choice, Document, PeriodText, Text, wrong

_FOUR_YEARS = [date(2023, 1, 1) + timedelta(days=days) for days in range(4 * 365 + 1)]


class TierDocument(Document):
    """Relationships of some length, and the period that follows them. Everyone who was in one belongs to the first tier
    that it did not outlast.

    Example:
        {shorter_than: P1Y, period: P6M}
    """

    shorter_than: PeriodText | None = Field(None, description="Of relationships shorter than this; the last: of all.")
    period: PeriodText = Field(description="How long; PT0S means immediately.")


class PeriodFromDocument(Document):
    """A period that stands in a column of another row: each business customer sets its own. NULL, or what is no period
    there, makes the row undetermined.

    Example:
        {lookup: agreed_months, unit: months}
    """

    lookup: Text = Field(description="A lookup that the rule declares; it leads to the column.")
    unit: Annotated[Unit, Choice("units", Unit)] = Field(
        description="What a whole number there counts; iso: a text such as P6M stands there."
    )


def _in_order(tiers: list[TierDocument]) -> list[TierDocument]:
    if len(tiers) < 2:
        raise wrong(
            "R147", "one tier is no choice", "write `period: ..`, or add tiers: each with shorter_than but the last"
        )
    for position, tier in enumerate(tiers):
        last = position == len(tiers) - 1
        if (tier.shorter_than is None) is not last:
            what = "the last tier has shorter_than" if last else f"tier {position + 1} has no shorter_than"
            remedy = (
                "let the last tier stand without it, for all longer ones" if last else "only the last is of all others"
            )
            raise wrong("R147", what, remedy)
    lengths = [tier.shorter_than for tier in tiers if tier.shorter_than is not None]
    for shorter, longer in pairwise(lengths):
        if not _always_shorter(shorter, longer):
            what = f"{longer} comes after {shorter}, and is not longer in every month and year"
            raise wrong("R147", what, "order the tiers by their lengths, in units that can be compared")
    return tiers


def _always_shorter(shorter: Period, longer: Period) -> bool:
    """From whatever day: the calendar repeats itself after four years, but for centuries."""

    def through(start: date, period: Period) -> date:
        return kept_through(start, Terms.plain(period)) or date.max

    return all(through(start, shorter) < through(start, longer) for start in _FOUR_YEARS)


ByLength = Annotated[list[TierDocument], AfterValidator(_in_order)]
