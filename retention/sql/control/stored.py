"""Values of the model as JSON text and back."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")

_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}  # making one is slow


def _adapter(kind: type[Value]) -> TypeAdapter[Value]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(kind: type[Value], value: Value) -> str:
    """JSON text of a value of the model (a frozen dataclass, or a tuple or mapping of such)."""
    return _adapter(kind).dump_json(value).decode()


def from_json(kind: type[Value], text: str) -> Value:
    """The value that ``to_json`` was given."""
    return _adapter(kind).validate_json(text)
