"""Starting points: a column, the end of the relationship, or the latest or earliest of several."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from retention.model.starting_point import Stored, WhenNull
from retention.model.terms import Terms
from retention.policy.documents.base import Choice, Document, Text, Zone, wrong
from retention.policy.documents.terms import CountingDocument, Periods, terms_of
from retention.policy.documents.times import TimeDocument


class NamedEvent(StrEnum):
    """Events that have a name of their own."""

    RELATIONSHIP_END = "relationship_end"


class Start:
    """Annotation: a column's name or the word relationship_end, or the mapping of a start."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_start, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        hint = "Name of a time column of the root table, or relationship_end."
        return {"anyOf": [{"type": "string", "description": hint}, handler(schema)]}


def _start(value: Any) -> Any:
    if value == NamedEvent.RELATIONSHIP_END:
        return {"event": value}
    return {"column": value} if isinstance(value, str) else value


class EventDocument(Document):
    """What tells one event."""

    column: Text | None = Field(None, description="Name of a time column of the root table.")
    event: Annotated[NamedEvent, Choice("named events", NamedEvent)] | None = Field(
        None, description="relationship_end: the end of the last relationship; the word alone says the same."
    )
    stored: Annotated[Stored, Choice("ways to store a time", Stored)] | None = Field(
        None, description="How the column stores it; as in a time."
    )
    zone: Zone | None = Field(None, description="IANA zone of a datetime without one.")
    open: list[Text] = Field([], description='Values that mean "no end is known".')

    @property
    def time(self) -> TimeDocument | None:
        """What it says of its column; None: it has none."""
        if self.column is None:
            return None
        return TimeDocument(column=self.column, stored=self.stored, zone=self.zone, open=self.open)

    def check_one(self, **others: object) -> None:
        """Exactly one form is given. Raises the error of a value."""
        forms = {"column": self.column, "event": self.event, **others}
        given = [name for name, value in forms.items() if value is not None]
        if len(given) != 1:
            what = f"{' and '.join(given)} stand side by side" if given else "no event is named"
            raise wrong("R141", what, f"write one of {', '.join(forms)}")
        if given != ["column"] and self.model_fields_set & {"stored", "zone", "open"}:
            raise wrong(
                "R141", f"stored, zone and open say how a column stores a time, not {given[0]}", "take them out"
            )


class OperandDocument(EventDocument, CountingDocument):
    """One of several events.

    Example:
        {column: left_on, open: ["9999-12-31"], when_null: pending, period: P1Y}
    """

    when_null: Annotated[WhenNull, Choice("meanings of a missing event", WhenNull)] | None = Field(
        None,
        description="What NULL means: pending (it can still happen), never (it is left out) or unknown. Needed for a "
        "column; at the end of a relationship NULL is active.",
    )

    period: Periods | None = Field(None, description="How long from this event; left out: as the clause says.")

    @property
    def terms(self) -> Terms | None:
        """Of this event alone; None: as the clause says."""
        return None if self.period is None else terms_of(self.period, self)

    @model_validator(mode="after")
    def _one_event(self) -> Self:
        self.check_one()
        counted = self.model_fields_set & CountingDocument.model_fields.keys()
        if self.period is None and counted:
            raise wrong("R141", f"{sorted(counted)[0]!r} counts a period that is not there", "add the period to it")
        if (self.column is None) is not (self.when_null is None):
            what = "the rule does not say what a missing event means" if self.column else "NULL is active here"
            raise wrong(
                "R141",
                what,
                "write when_null: pending (it can still happen), never (leave it out) or unknown"
                if self.column
                else "take when_null out",
            )
        return self


class StartDocument(EventDocument):
    """The event from which a period runs. A bare name stands for a column.

    Example:
        {latest_of: [{column: received_on, when_null: unknown}, {column: closed_on, when_null: pending}]}
    """

    latest_of: list[Annotated[OperandDocument, Start()]] | None = Field(
        None, description="Two events or more, of which the latest counts."
    )
    earliest_of: list[Annotated[OperandDocument, Start()]] | None = Field(
        None, description="Two events or more, of which the earliest counts."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        self.check_one(latest_of=self.latest_of, earliest_of=self.earliest_of)
        several = self.latest_of or self.earliest_of
        if (self.latest_of is not None or self.earliest_of is not None) and len(several or ()) < 2:
            raise wrong("R141", "one event is not several", "list two events or more, or write the one event itself")
        return self
