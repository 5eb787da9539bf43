"""A CHECK as it was read: conditions over columns and constants."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; None is NULL."""

    value: str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Named:
    """A column, in the spelling of the table."""

    column: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function, or an operator that takes part in no proof: ``name`` in lower case."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values, to the right of IN."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """``operator``: = <> < <= > >= in like is."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negated:
    part: Node


@dataclass(frozen=True, slots=True)
class Joined:
    """``every``: AND, else OR."""

    every: bool
    parts: tuple[Node, ...]


Node: TypeAlias = Literal | Named | Call | Listed | Compared | Negated | Joined


def columns_in(node: Node) -> frozenset[str]:
    """Every column that the CHECK reads."""
    match node:
        case Named(column):
            return frozenset({column})
        case Literal():
            return frozenset()
        case Call(_, parts) | Listed(parts) | Joined(_, parts):
            return frozenset().union(*map(columns_in, parts))
        case Negated(part):
            return columns_in(part)
        case Compared(_, left, right):
            return columns_in(left) | columns_in(right)
