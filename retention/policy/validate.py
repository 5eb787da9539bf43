"""Plain data -> document. Pydantic's errors become findings with a line, a reason and a remedy."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retention.policy.documents.base import Document, shown
from retention.policy.finding import Finding, Refused
from retention.policy.naming import choose_from
from retention.policy.yaml_text import KeyPath, Parsed

D = TypeVar("D", bound=Document)

_EXPECTED = {
    "string_type": ("a text", "write a text; put numbers, true and false in quotes where a text is meant"),
    "bool_type": ("true or false", "write true or false"),
    "list_type": ("a list", "write [a, b], or one `- item` a line"),
    "dict_type": ("a mapping", "write `key: value`, one a line, indented"),
    "model_type": ("a mapping", "write `key: value`, one a line, indented"),
    "model_attributes_type": ("a mapping", "write `key: value`, one a line, indented"),
}
# What people write in the place of a key that stands elsewhere, or waits for a later release.
_HINTS = {
    "live_while": "only purposes can be live: a law does not depend on consent. Move it to a purpose, "
    "or name the rows with `when`",
    "<<": "merge keys are not read: write the keys out where they belong",
    "sql": "conditions are written in YAML: {column: country, equals: US}",
    "retain_for": "write a purpose with a start, a period and a basis",
    "then_delete_after": "it stands within the disposition: {pseudonymize: {then_delete_after: P2Y}}",
}


def validate(model: type[D], parsed: Parsed) -> D:
    """Raises Refused with one finding for everything that is wrong."""
    try:
        return model.model_validate(parsed.data)
    except ValidationError as error:
        raise Refused(*(_finding(detail, model, parsed) for detail in error.errors(include_url=False))) from None


def _finding(detail: ErrorDetails, model: type[Document], parsed: Parsed) -> Finding:
    path: KeyPath = tuple(detail["loc"])
    code, what, remedy = _explain(detail, model, path)
    named = path[:-1] if detail["type"] in ("extra_forbidden", "missing") else path  # these name the key themselves
    return Finding(code=code, at=parsed.at(*path), what=f"{_place(named)}{what}", remedy=remedy)


def _place(path: KeyPath) -> str:
    """Where in the document, in words: "floors[1].period: "; the first list item is number 1."""
    words = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{words.lstrip('.')}: " if words else ""


def _explain(detail: ErrorDetails, model: type[Document], path: KeyPath) -> tuple[str, str, str]:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "retention":
            return str(context["code"]), str(context["what"]), str(context["remedy"])
        case "extra_forbidden":
            key = str(path[-1])
            hint = _HINTS.get(key)
            return (
                "R106",
                f"the key {key!r} is not known here",
                hint or choose_from(key, keys_at(model, path[:-1]), what="keys"),
            )
        case "missing":
            key = str(path[-1])
            return "R107", f"the key {key!r} is missing", f"add `{key}: ..` ({_description(model, path)})"
        case kind if kind in _EXPECTED:
            expected, remedy = _EXPECTED[kind]
            return "R108", f"{shown(detail['input'])} stands where {expected} is expected", remedy
    return "R108", detail["msg"], "see docs/reference/rules.md for the shape"


def keys_at(model: type[Document], path: KeyPath) -> list[str]:
    """The keys that may stand in the mapping at ``path`` of a document of this model."""
    found = _model_at(model, path)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _description(model: type[Document], path: KeyPath) -> str:
    found = _model_at(model, path[:-1])
    for name, field in (found.model_fields if found else {}).items():
        if (field.alias or name) == path[-1] and field.description:
            return field.description[0].lower() + field.description[1:].removesuffix(".")
    return "it has no default"


def _model_at(model: type[Document], path: KeyPath) -> type[BaseModel] | None:
    """Follow the annotations: a key of a model is a field, a key of a dict and a number of a list are its items."""
    at: Any = model
    for part in path:
        at = _bare(at)
        if isinstance(at, type) and issubclass(at, BaseModel):
            fields: Mapping[str, Any] = {
                field.alias or name: field.annotation for name, field in at.model_fields.items()
            }
            at = fields.get(str(part))
        elif get_origin(at) in (dict, list):
            at = get_args(at)[-1]
        else:
            return None
    at = _bare(at)
    return at if isinstance(at, type) and issubclass(at, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and without None."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(part for part in get_args(annotation) if part is not type(None))
        else:
            return annotation
