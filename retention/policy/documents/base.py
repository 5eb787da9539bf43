"""What all documents share: no unknown keys, no silent conversions, and forms that say what they expect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.functional_validators import AfterValidator, PlainValidator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from retention.model.condition import Scalar
from retention.model.period import Period
from retention.planning.zones import zone_names
from retention.policy.naming import choose_from, nearest


class Document(BaseModel):
    """A mapping of a policy file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def wrong(code: str, what: str, remedy: str) -> PydanticCustomError:
    """An error of a value, to be raised by a validator. ``what`` is a sentence without a full stop."""
    return PydanticCustomError("retention", "{what}", {"code": code, "what": what, "remedy": remedy})


@dataclass(frozen=True)
class Short:
    """Annotation: a bare text stands for the mapping whose ``key`` it is."""

    key: str
    hint: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._widen, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "description": self.hint}, handler(schema)]}

    def _widen(self, value: Any) -> Any:
        return {self.key: value} if isinstance(value, str) else value


@dataclass(frozen=True)
class Choice:
    """Annotation of a StrEnum field: one of its values, as text."""

    what: str  # the plural, for messages
    names: type[StrEnum]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._choose)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": [str(name) for name in self.names]}

    def _choose(self, value: Any) -> StrEnum:
        valid = [str(name) for name in self.names]
        if not isinstance(value, str) or value not in valid:
            near = nearest(str(value), valid)
            hint = f"did you mean {near!r}? " if near else ""
            raise wrong(
                "R109", f"{shown(value)} is not one of the {self.what}", f"{hint}{self.what}: {', '.join(valid)}"
            )
        return self.names(value)


def shown(value: Any) -> str:
    """A value of a policy file, short enough for a message, as its author wrote it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case str():
            return repr(value if len(value) <= 60 else value[:57] + "...")
    return str(value)[:60]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise wrong("R119", "the text is empty", "write a word or a sentence: a reader must be able to rely on it")
    return text


def period(value: Any) -> Period:
    """Reads one period of a file. Raises the error of a value."""
    if isinstance(value, Period):
        return value
    try:
        return Period.parse(value if isinstance(value, str) else str(value))
    except ValueError:
        raise wrong(
            "R110",
            f"{shown(value)} is not a period",
            "write P6Y, P18M, P2W or P90D, a mix such as P1Y6M, or PT0S for immediately; months, not hours or minutes",
        ) from None


def _zone(value: Any) -> str:
    if isinstance(value, str) and value in zone_names():
        return value
    hint = nearest(str(value), zone_names(), likeness=0.85)
    raise wrong(
        "R111",
        f"{shown(value)} is not a time zone",
        (f"did you mean {hint!r}? " if hint else "")
        + "write an IANA name such as America/Los_Angeles, Europe/Berlin or UTC",
    )


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str | bool | int | Decimal | date):
        return value
    raise wrong(
        "R112", f"{shown(value)} is not a constant", "write a text, a whole number, a decimal, true, false or a date"
    )


def in_range(low: int, high: int) -> Callable[[Any], int]:
    """A validator of whole numbers, both ends included."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise wrong("R118", f"{shown(value)} is out of range", f"write a whole number from {low:,} to {high:,}")
        return value

    return check


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= 1:
        raise wrong(
            "R118", f"{shown(value)} is out of range", "write a share from 0 to 1, such as 0.1 for a tenth of the table"
        )
    return float(value)


PERIOD_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": r"^(PT0S|P(?=\d)(\d{1,4}Y)?(\d{1,4}M)?(\d{1,4}W)?(\d{1,5}D)?)$",
}

Text = Annotated[str, AfterValidator(_not_blank)]
PeriodText = Annotated[Period, PlainValidator(period), WithJsonSchema(PERIOD_SCHEMA)]
Zone = Annotated[
    str, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["America/Los_Angeles", "UTC"]})
]
Constant = Annotated[Any, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "integer", "number", "boolean"]})]
Share = Annotated[float, PlainValidator(_share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]


def whole(low: int, high: int) -> Any:
    """The type of a whole number within both ends."""
    return Annotated[
        int, PlainValidator(in_range(low, high)), WithJsonSchema({"type": "integer", "minimum": low, "maximum": high})
    ]


def _version(value: Any) -> int:
    if value == 1 and not isinstance(value, bool):
        return 1
    raise wrong(
        "R113",
        f"version {shown(value)} is not known to this release",
        "write `version: 1`; a file with a later version needs a later release",
    )


Version = Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]

__all__ = [
    "PERIOD_SCHEMA",
    "Choice",
    "Constant",
    "Document",
    "PeriodText",
    "Share",
    "Short",
    "Text",
    "Version",
    "Zone",
    "choose_from",
    "period",
    "shown",
    "whole",
    "wrong",
]
