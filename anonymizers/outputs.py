"""What can be read off a transform without running it: what it needs, how long its texts are, how they look."""

from __future__ import annotations

import re
from collections.abc import Iterator

from anonymizers.pools import POOLS
from anonymizers.transform import ByNetwork, Constant, Hex, Null, Numbered, Pick, Template, Transform, YearStart


def parts_of(transform: Transform) -> Iterator[Transform | str]:
    """The leaves of a transform, in their order."""
    match transform:
        case Template(parts=parts):
            yield from parts
        case ByNetwork(v4=v4, v6=v6):
            yield v4
            yield from parts_of(v6)
        case _:
            yield transform


def blocks_of(transform: Transform) -> frozenset[int]:
    """The blocks of the digest that it reads."""
    return frozenset(part.at.block for part in parts_of(transform) if isinstance(part, Pick | Hex | Numbered))


def picks_of(transform: Transform) -> tuple[Pick, ...]:
    """Its choices from pools."""
    return tuple(part for part in parts_of(transform) if isinstance(part, Pick))


def longest(transform: Transform) -> int | None:
    """Characters of the longest text that it writes; None where it writes no text."""
    match transform:
        case Constant(value=str(value)):
            return len(value)
        case Pick(pool=pool):
            return POOLS[pool].longest
        case Hex(characters=characters):
            return characters
        case Numbered(prefixes=prefixes, low=low, count=count, width=width):
            return max(map(len, prefixes)) + max(width, len(str(low + count - 1)))
        case Template(parts=parts):
            return sum(len(part) if isinstance(part, str) else longest(part) or 0 for part in parts)
        case ByNetwork(v4=v4, v6=v6):
            return max(longest(v4) or 0, longest(v6) or 0)
        case YearStart():
            return 10
    return None


def examples(transform: Transform) -> tuple[object, ...]:
    """Some values that it writes, the first and the last of each range among them; all where it writes one. None where
    a pool or the original decides what is written."""
    match transform:
        case Null():
            return (None,)
        case Constant(value=value):
            return (value,)
        case Hex(characters=characters):
            return ("0" * characters, "f" * characters)
        case Numbered(prefixes=prefixes, low=low, count=count, width=width):
            numbers = (str(number).zfill(width) for number in (low, low + count - 1))
            return tuple(prefix + number for prefix, number in zip((prefixes[0], prefixes[-1]), numbers, strict=True))
        case Template(parts=parts):
            ranges = [(part, part) if isinstance(part, str) else examples(part) for part in parts]
            return tuple("".join(map(str, one)) for one in zip(*ranges, strict=True)) if all(ranges) else ()
        case ByNetwork(v4=v4, v6=v6):
            return (*examples(v4), *examples(v6))
    return ()


def pattern(transform: Transform) -> str | None:
    """An anchored expression that every text it writes matches; without anything that POSIX and Python read
    differently. None where it writes NULL."""
    return None if isinstance(transform, Null) else f"^{_pattern(transform)}$"


def _pattern(transform: Transform) -> str:
    match transform:
        case Constant(value=value):
            return _plain(str(value))
        case Pick(pool=pool):
            return f".{{1,{POOLS[pool].longest}}}"
        case Hex(characters=characters):
            return f"[0-9a-f]{{{characters}}}"
        case Numbered(prefixes=prefixes, low=low, count=count, width=width):
            digits = max(width, len(str(low + count - 1)))
            some = f"{{{digits}}}" if width else f"{{1,{digits}}}"
            return f"({'|'.join(map(_plain, prefixes))})[0-9]{some}"
        case Template(parts=parts):
            return "".join(_plain(part) if isinstance(part, str) else _pattern(part) for part in parts)
        case ByNetwork(v4=v4, v6=v6):
            return f"({_pattern(v4)}|{_pattern(v6)})"
        case YearStart():  # a time follows where the column has one
            return "[0-9]{4,}-01-01([ T]00:00:00[0-9.:+Z]*)?"
    raise AssertionError("NULL has no pattern")


def _plain(text: str) -> str:
    return re.sub(r"([][\\.^$*+?(){}|])", r"\\\1", text)
