"""Time columns, and the alignment of starting points."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from pydantic.functional_validators import PlainValidator

from retention.model.alignment import Alignment, AlignTo
from retention.model.starting_point import Stored
from retention.policy.documents.base import Choice, Document, Text, Zone, shown, wrong

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
        "TIMESTAMP WITH TIME ZONE is instant; numbers and texts must say: epoch_s and epoch_ms count from 1970, "
        "iso_utc reads 2026-07-01T09:30:00Z (or +00:00), iso_local 2026-07-01T09:30:00 (or a blank for T), iso_date "
        "2026-07-01. What reads otherwise is undetermined.",
    )
    zone: Zone | None = Field(
        None, description="IANA zone of times without one. Needed for stored: datetime and iso_local, only there."
    )
    open: list[Text] = Field(
        [],
        description='Values that mean "no end is known", such as "9999-12-31"; '
        'on PostgreSQL also "infinity", on MariaDB "0000-00-00", and in a column of texts any word.',
    )


def align(value: Any) -> Alignment:
    """Reads one alignment of a file. Raises the error of a value."""
    if isinstance(value, Alignment):
        return value
    if isinstance(value, str) and value in _UNITS:
        return Alignment(to=AlignTo(value))
    if isinstance(value, dict) and set(value) == {"fiscal_year_ends"}:
        return Alignment(to=AlignTo.FISCAL_YEAR, fiscal_year_ends=month_day(value["fiscal_year_ends"]))
    raise wrong(
        "R120",
        f"{shown(value)} is not something to align a starting point to",
        f'write one of {", ".join(_UNITS)}, or {{fiscal_year_ends: "06-30"}}; '
        "leave align out to count from the event itself",
    )


def month_day(value: Any) -> tuple[int, int]:
    """Reads a day of the year. Raises the error of a value."""
    match = _MONTH_DAY.fullmatch(value) if isinstance(value, str) else None
    month, day = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= month <= 12 or not 1 <= day <= _LONGEST_MONTHS[month - 1]:
        raise wrong(
            "R120",
            f"{shown(value)} is not a day of the year",
            'write month and day in quotes, such as "06-30"; "02-29" is the end of February in every year',
        )
    return month, day


MONTH_DAY_SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^\d\d-\d\d$", "examples": ["06-30"]}
ALIGN_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "enum": _UNITS},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["fiscal_year_ends"],
            "properties": {"fiscal_year_ends": MONTH_DAY_SCHEMA},
        },
    ]
}
Align = Annotated[Alignment, PlainValidator(align), WithJsonSchema(ALIGN_SCHEMA)]
