"""Time columns, and the alignment of starting points."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.functional_validators import PlainValidator
from pydantic_core import CoreSchema, core_schema

from retention.model.starting_point import Alignment, AlignTo, Stored
from retention.policy.documents.base import Choice, Document, Text, Zone, shown, wrong

RELATIONSHIP_END = "relationship_end"
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_UNITS = [str(unit) for unit in AlignTo if unit not in (AlignTo.NONE, AlignTo.FISCAL_YEAR)]


class TimeDocument(Document):
    """A column that holds a time. A bare name is enough where the snapshot's type says how the time is stored.

    Example:
        {column: closed_ms, stored: epoch_ms, open: ["253402214400000"]}
    """

    column: Text = Field(description="Name of the column.")
    stored: Annotated[Stored, Choice("ways to store a time", Stored)] | None = Field(
        None,
        description="How the column stores it. Left out: DATE is date, TIMESTAMP and DATETIME are datetime, "
        "TIMESTAMP WITH TIME ZONE is instant; numbers and texts must say.",
    )
    zone: Zone | None = Field(
        None, description="IANA zone of a datetime without one. Needed for stored: datetime, only there."
    )
    open: list[Text] = Field([], description='Values that mean "no end is known", such as "9999-12-31".')


class RelationshipEndDocument(TimeDocument):
    """The word relationship_end in the place of a time column."""


class Start:
    """Annotation: a column name, the word relationship_end, or the mapping of a time column."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_start, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        hint = "Name of a time column of the root table, or relationship_end."
        return {"anyOf": [{"type": "string", "description": hint}, handler(schema)]}


def _start(value: Any) -> Any:
    if value == RELATIONSHIP_END:
        return RelationshipEndDocument.model_validate({"column": RELATIONSHIP_END})
    return {"column": value} if isinstance(value, str) else value


def _align(value: Any) -> Alignment:
    if isinstance(value, Alignment):
        return value
    if isinstance(value, str) and value in _UNITS:
        return Alignment(to=AlignTo(value))
    if isinstance(value, dict) and set(value) == {"fiscal_year_ends"}:
        return Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=_month_day(value["fiscal_year_ends"]))
    raise wrong(
        "R120",
        f"{shown(value)} is not something to align a starting point to",
        f'write one of {", ".join(_UNITS)}, or {{fiscal_year_ends: "06-30"}}; '
        "leave align out to count from the event itself",
    )


def _month_day(value: Any) -> tuple[int, int]:
    match = _MONTH_DAY.fullmatch(value) if isinstance(value, str) else None
    month, day = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= month <= 12 or not 1 <= day <= _LONGEST_MONTHS[month - 1]:
        raise wrong(
            "R120",
            f"{shown(value)} is not a day of the year",
            'write month and day in quotes, such as "06-30"; "02-29" is the end of February in every year',
        )
    return month, day


_ALIGN_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "enum": _UNITS},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["fiscal_year_ends"],
            "properties": {"fiscal_year_ends": {"type": "string", "pattern": r"^\d\d-\d\d$", "examples": ["06-30"]}},
        },
    ]
}
Align = Annotated[Alignment, PlainValidator(_align), WithJsonSchema(_ALIGN_SCHEMA)]
