"""The shape of a disposition: what happens in the end, and what follows."""

from __future__ import annotations

from typing import Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from retention.policy.documents.base import Document, PeriodText, shown, wrong


class FollowUpDocument(Document):
    """What follows a pseudonymization.

    Example:
        {then_delete_after: P2Y}
    """

    then_delete_after: PeriodText | None = Field(None, description="Counted from the day of the pseudonymization.")


class DispositionDocument(Document):
    """The mapping form of disposition.

    Example:
        {pseudonymize: {then_delete_after: P2Y}}
    """

    pseudonymize: FollowUpDocument | None = Field(description="Replace values in place, and what follows.")


class Forms:
    """Annotation: the words delete and pseudonymize, or the mapping."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_disposition, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": ["delete", "pseudonymize"]}, handler(schema)]}


def _disposition(value: Any) -> Any:
    match value:
        case "delete":
            return DispositionDocument(pseudonymize=None)
        case "pseudonymize":
            return {"pseudonymize": {}}
        case {"delete": _}:
            raise wrong(
                "R122",
                "nothing follows a deletion",
                "write `disposition: delete`; then_delete_after belongs to pseudonymize",
            )
        case {"pseudonymize": None}:
            return {"pseudonymize": {}}
        case dict():
            return value
    raise wrong(
        "R109",
        f"{shown(value)} is not a disposition",
        "write delete, pseudonymize, or {pseudonymize: {then_delete_after: P2Y}}",
    )
