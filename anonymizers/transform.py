"""Transforms as data, and what they mean: ``apply`` is the reference that every database must reproduce.

NULL stays NULL under every transform: what was never known is not replaced by something that looks known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

from anonymizers.digest import Slice, hexadecimal, number

Value: TypeAlias = object  # what a column holds: text, number, truth value, date, datetime
Transform: TypeAlias = "Null | Constant | Pick | Hex | Numbered | Template | ByNetwork | YearStart"


@dataclass(frozen=True, slots=True)
class Null:
    """Nothing is left."""


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for everybody."""

    value: Value


@dataclass(frozen=True, slots=True)
class Pick:
    """The value of a pool at the slice's number modulo the pool's size. ``locale`` None: the deployment's."""

    pool: str
    at: Slice
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Hex:
    """The first ``characters`` of the slice in lower-case hex."""

    at: Slice
    characters: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """One of ``count`` numbers under each prefix, the first being ``low``; ``width`` pads with zeros, 0 does not.

    With n the slice's number modulo all there are: prefix n / count, followed by low + n modulo count."""

    at: Slice
    prefixes: tuple[str, ...]
    low: int
    count: int
    width: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """Parts one after the other; a text stands for itself."""

    parts: tuple[str | Pick | Hex, ...]


@dataclass(frozen=True, slots=True)
class ByNetwork:
    """``v6`` where the original has a colon in it, as every IPv6 address has; else ``v4``."""

    v4: Numbered
    v6: Template


@dataclass(frozen=True, slots=True)
class YearStart:
    """The first of January of the original's year, in the original's type; times in UTC. A text that does not begin
    with an ISO date has no year and becomes NULL."""


Pools: TypeAlias = Mapping[str, Sequence[str]]
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def apply(transform: Transform, original: Value, blocks: Mapping[int, bytes], pools: Pools) -> Value:
    """The value that replaces ``original``. ``blocks``: those that ``blocks_of`` names. ``pools``: family to values.

    Raises KeyError for a block or a pool that is not there."""
    if original is None:
        return None
    match transform:
        case Null():
            return None
        case Constant(value=value):
            return value
        case YearStart():
            return _year_start(original)
        case ByNetwork(v4=v4, v6=v6):
            return apply(v6 if ":" in str(original) else v4, original, blocks, pools)
    return _text(transform, blocks, pools)


def _text(transform: Pick | Hex | Numbered | Template, blocks: Mapping[int, bytes], pools: Pools) -> str:
    match transform:
        case Pick(pool=pool, at=at):
            values = pools[pool]
            return values[number(blocks[at.block], at) % len(values)]
        case Hex(at=at, characters=characters):
            return hexadecimal(blocks[at.block], at)[:characters]
        case Numbered(at=at, prefixes=prefixes, low=low, count=count, width=width):
            prefix, line = divmod(number(blocks[at.block], at) % (len(prefixes) * count), count)
            return prefixes[prefix] + str(low + line).zfill(width)
        case Template(parts=parts):
            return "".join(part if isinstance(part, str) else _text(part, blocks, pools) for part in parts)


def _year_start(original: Value) -> Value:
    match original:
        case datetime():
            here = original if original.tzinfo is None else original.astimezone(UTC)
            return here.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        case date():
            return original.replace(month=1, day=1)
        case str():
            return f"{original[:4]}-01-01" if ISO_DATE.match(original) else None
    raise TypeError(f"a {type(original).__name__} has no year")
