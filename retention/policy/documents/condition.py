"""The closed grammar of conditions. Never SQL."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from retention.policy.documents.base import Constant, Document, Text, shown, wrong

OPERATORS = ("equals", "not_equals", "in", "not_in", "less_than", "at_most", "more_than", "at_least", "is")
_GROUPS = ("all", "any", "not")
_SHAPE = "write {column: country, equals: US}, {all: [..]}, {any: [..]} or {not: ..}"


class ConditionDocument(Document):
    """One column against constants, or several conditions together. A NULL makes a comparison unknown, as in SQL.

    Example:
        {all: [{column: country, in: [DE, AT]}, {not: {column: closed_on, is: null}}]}
    """

    column: Text | None = Field(None, description="Column of the root table; exactly one operator stands beside it.")
    lookup: Text | None = Field(None, description="In the place of a column: a lookup that the rule declares.")
    equals: Constant | None = None
    not_equals: Constant | None = None
    in_: list[Constant] | None = Field(None, alias="in", description="One of these constants.")
    not_in: list[Constant] | None = Field(None, description="None of these constants.")
    less_than: Constant | None = None
    at_most: Constant | None = None
    more_than: Constant | None = None
    at_least: Constant | None = None
    is_: str | None = Field(None, alias="is", description="null or not_null.")
    all_: list[ConditionDocument] | None = Field(None, alias="all", description="Every one of these holds.")
    any_: list[ConditionDocument] | None = Field(None, alias="any", description="At least one of these holds.")
    not_: ConditionDocument | None = Field(None, alias="not", description="This one does not hold.")

    @model_validator(mode="before")
    @classmethod
    def _a_mapping(cls, value: Any) -> Any:
        if not isinstance(value, dict | ConditionDocument):
            raise wrong("R112", f"{shown(value)} is not a condition", _SHAPE)
        return value

    @field_validator("is_", mode="before")
    @classmethod
    def _null_test(cls, value: Any) -> str:
        if value is None or value == "null":  # an unquoted null is YAML's own
            return "null"
        if value == "not_null":
            return "not_null"
        raise wrong("R112", f"{shown(value)} is no test", "write `is: null` or `is: not_null`")

    @field_validator("in_", "not_in", "all_", "any_")
    @classmethod
    def _not_empty(cls, value: list[Any]) -> list[Any]:
        if not value:
            raise wrong("R112", "the list is empty", "name at least one, or leave the condition out")
        return value

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {type(self).model_fields[name].alias or name for name in self.model_fields_set}
        groups = sorted(given & set(_GROUPS))
        operators = sorted(given & set(OPERATORS))
        if groups and (len(given) > 1):
            raise wrong("R112", f"{groups[0]!r} stands beside {', '.join(sorted(given - {groups[0]}))}", _SHAPE)
        if not groups and not given & {"column", "lookup"}:
            raise wrong("R112", "the condition names no column", _SHAPE)
        if {"column", "lookup"} <= given:
            raise wrong("R112", "a column and a lookup stand side by side", "keep the one that is compared")
        if not groups and len(operators) != 1:
            what = f"{len(operators)} operators stand" if operators else "no operator stands"
            beside = "column" if self.column else "lookup"
            raise wrong("R112", f"{what} beside the {beside}", f"write exactly one of {', '.join(OPERATORS)}")
        empty = [name for name in given - {"is"} if getattr(self, f"{name}_", getattr(self, name, None)) is None]
        if empty:
            raise wrong("R112", f"{empty[0]!r} compares with nothing", "for NULL write `is: null` or `is: not_null`")
        return self
