"""The shape of facts from elsewhere in datasets.yaml."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.functional_validators import AfterValidator

from retention.model.fact import NullMeans, TimeKind
from retention.model.period import Period
from retention.policy.documents.base import Choice, Document, PeriodText, Short, Text, shown, wrong
from retention.policy.documents.names import Word
from retention.policy.documents.times import TimeDocument


def _days(period: Period) -> Period:
    if period.years or period.months or period.immediate:
        raise wrong(
            "R138",
            f"{shown(str(period))} is not a number of days",
            "write days or weeks, such as P3D: so long may pass since the facts were complete",
        )
    return period


class FactRowsDocument(Document):
    """The rows of another dataset that tell the event.

    Example:
        {dataset: billing, table: invoices, key: customer_id, at: issued_on}
    """

    dataset: Text = Field(description="A dataset of this file.")
    table: Text = Field(description="Its table whose rows tell the event.")
    key: Text = Field(description="Column with the key of the subject. A row without one tells of nobody.")
    at: Annotated[TimeDocument, Short("column", "Name of the column.")] = Field(description="When the event came.")
    when_null: Annotated[NullMeans, Choice("meanings of a missing date", NullMeans)] = Field(
        NullMeans.OPEN,
        description="What a row without a date says: it has not come yet (open), nobody can tell (unknown), "
        "nothing (never).",
    )


class FactDocument(Document):
    """An event of subjects that rules of other datasets count from, as an end of a relationship.

    Example:
        title: Last invoice
        kind: customer
        rows: {dataset: billing, table: invoices, key: customer_id, at: issued_on}
        fresh_for: P3D
        expires: P10Y
    """

    title: Text = Field(description="What people call the event.")
    kind: Word = Field(description="Kind of the subjects, such as customer.")
    rows: FactRowsDocument | None = Field(None, description="The rows that tell it; or else `file`.")
    file: Annotated[TimeKind, Choice("kinds of time", TimeKind)] | None = Field(
        None, description="Files tell it, by days or by instants; or else `rows`."
    )
    fresh_for: Annotated[PeriodText, AfterValidator(_days)] = Field(
        description="How long the facts are believed after the instant up to which they are complete: days or weeks. "
        "What counts from stale facts is undetermined."
    )
    expires: PeriodText = Field(
        description="How long after the event a fact is kept, at least as long as the rules that count from it need."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.rows is None) is (self.file is None):
            raise wrong(
                "R137",
                "a fact is told by rows or by files, and here stands " + ("neither" if self.rows is None else "both"),
                "write one: `rows: {dataset: .., table: .., key: .., at: ..}`, or `file: day`",
            )
        return self
