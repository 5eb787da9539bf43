"""How a clause of a rule refers to statutes: one by its id, or those of a category by jurisdiction."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.functional_validators import AfterValidator, PlainValidator

from retention.model.jurisdiction import is_jurisdiction
from retention.model.starting_point import WhenNull
from retention.policy.documents.base import Choice, Document, Short, Text, shown, wrong
from retention.policy.documents.starts import EventDocument
from retention.policy.documents.times import MONTH_DAY_SCHEMA, month_day

_ALL = ""


def _code(text: str) -> str:
    if not is_jurisdiction(text):
        raise wrong("R145", f"{shown(text)} is no jurisdiction", "write an ISO 3166 code: DE, or US-CA for a part")
    return text


def _year_ends(value: Any) -> dict[str, tuple[int, int]]:
    """By jurisdiction; under the empty name for all."""
    if isinstance(value, dict):
        return {_code(str(code)): month_day(day) for code, day in value.items()}
    return {_ALL: month_day(value)}


Code = Annotated[str, AfterValidator(_code)]
YearEnds = Annotated[
    dict[str, tuple[int, int]],
    PlainValidator(_year_ends),
    WithJsonSchema(
        {"anyOf": [MONTH_DAY_SCHEMA, {"type": "object", "additionalProperties": MONTH_DAY_SCHEMA}]},
    ),
]


def year_end_of(ends: dict[str, tuple[int, int]], jurisdiction: str) -> tuple[int, int] | None:
    """Month and day; None where nobody says it."""
    return ends.get(jurisdiction, ends.get(_ALL))


class JurisdictionDocument(Document):
    """Where it stands whose law is meant: a column or a lookup that holds ISO 3166 codes, or what ``values`` say.

    Example:
        {column: state, values: {US-CA: [California, CA]}}
    """

    column: Text | None = Field(None, description="Column of the root table.")
    lookup: Text | None = Field(None, description="A lookup that the rule declares.")
    values: dict[Code, list[Text]] = Field(
        {}, description="By jurisdiction, the values that stand for it; left out: its code."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.column is None) is (self.lookup is None):
            raise wrong("R145", "the jurisdiction stands in one column or one lookup", "write {column: country}")
        return self


class StatutesUseDocument(Document):
    """All statutes of a category that bind in the jurisdictions that the rule covers. Rows of another jurisdiction, or
    of none, are undetermined.

    Example:
        {category: invoices_tax, jurisdiction: country, covers: [DE, FR], except: {fr-lpf-l102b: the longer one counts}}
    """

    category: Text = Field(description="A category of the catalogue.")
    jurisdiction: Annotated[JurisdictionDocument, Short("column", "Name of the column.")] = Field(
        description="Where it stands whose law is meant."
    )
    covers: list[Code] = Field(description="The jurisdictions that counsel has looked at.")
    nothing_in: dict[Code, Text] = Field(
        {}, description="Jurisdictions without any such statute, and how that is known."
    )
    except_: dict[Text, Text] = Field({}, alias="except", description="Statutes that do not bind, and why not.")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.covers and not self.nothing_in:
            raise wrong("R145", "no jurisdiction is covered", "list those that counsel has looked at: covers: [DE, FR]")
        if twice := sorted(set(self.covers) & set(self.nothing_in)):
            what = f"{twice[0]} is covered, and stands under nothing_in"
            raise wrong("R145", what, "keep one: it has statutes of this category, or none")
        return self


class StatuteStartDocument(EventDocument):
    """The column that tells an event of a statute.

    Example:
        {column: left_on, when_null: pending}
    """

    when_null: Annotated[WhenNull, Choice("meanings of a missing event", WhenNull)] | None = Field(
        None, description="What NULL means, where the statute runs from one of several: pending, never or unknown."
    )

    @model_validator(mode="after")
    def _one_event(self) -> Self:
        self.check_one()
        return self
