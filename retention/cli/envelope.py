"""The one form in which programs are answered. Keys are only ever added within a version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from retention.model.condition import All, Compare, Not
from retention.model.condition import Any as AnyOf
from retention.model.condition_text import condition_document
from retention.model.errors import Problem
from retention.model.period import Period

FORMAT, VERSION = "retention", 1


def envelope(kind: str, data: object, errors: Iterable[Problem] = ()) -> str:
    """``{format, version, kind, data, errors}`` as one JSON document. ``kind`` is the verb: "plan", "hold_place"."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "kind": kind,
        "data": plain(data),
        "errors": [_problem(problem) for problem in errors],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "what": problem.what, "where": problem.where, "remedy": problem.remedy}


def plain(value: object) -> Any:
    """JSON values of a value of the model: instants and days in ISO 8601, periods as they are written."""
    match value:
        case None | bool() | int() | float() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Period() | Path():
            return str(value)
        case Compare() | All() | AnyOf() | Not():
            return condition_document(value)  # as a rule file would have it
        case Problem():
            return _problem(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in JSON")
