"""Where the chance in a pseudonym comes from: blocks of a keyed digest, and the slice of each family of fields.

A block is HMAC-SHA-256 of a message under a key made for pseudonyms alone. A family reads its own bytes, the same in
every table of every dataset, so the same person gets the same pseudonym everywhere. Both the messages and the table
of slices are pinned: a change would give everybody a new pseudonym. New families are appended.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SEPARATOR = "\x1f"  # the unit separator: stands in no kind of subject and in no name of a table
BLOCK_BYTES = 32


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes ``offset`` to ``offset + length`` of a block."""

    block: int
    offset: int
    length: int


# Append only. Three bytes choose from a pool of at most 65,536 values with a bias of less than 0.4 %; what must be
# unique has 80 bits or more. Contact data shares block 0, so that one digest serves a row.
SLICES: Mapping[str, Slice] = MappingProxyType(
    {
        "given_name": Slice(0, 0, 3),
        "family_name": Slice(0, 3, 3),
        "email": Slice(0, 6, 10),
        "phone": Slice(0, 16, 3),
        "street": Slice(0, 19, 3),
        "city": Slice(0, 22, 3),
        "postcode": Slice(0, 25, 3),
        "region": Slice(0, 28, 3),
        "token": Slice(1, 0, 16),
        "ip": Slice(1, 16, 6),
        "organization": Slice(1, 22, 3),
    }
)


def subject_message(kind: str, key: str, block: int) -> str:
    """Equal for everything of one person. ``key`` is the canonical text of the subject's key."""
    if not kind or SEPARATOR in kind:
        raise ValueError("a kind of subject is a word")
    return SEPARATOR.join((kind, key, str(block)))


def value_message(strategy: str, value: str, block: int) -> str:
    """Equal for equal values, byte by byte: no change of case, no Unicode normalisation (databases differ in both)."""
    return SEPARATOR.join(("", "value", strategy, value, str(block)))


def row_message(dataset: str, table: str, key: Sequence[str], block: int) -> str:
    """Equal for one row alone. ``key`` holds the canonical texts of its primary key."""
    return SEPARATOR.join(("", "row", dataset, table, *key, str(block)))


def keyed_block(subkey: bytes, message: str) -> bytes:
    """The 32 bytes that a message gives under a key."""
    return hmac.new(subkey, message.encode(), hashlib.sha256).digest()


def number(block: bytes, at: Slice) -> int:
    """The slice as a big-endian number."""
    return int.from_bytes(block[at.offset : at.offset + at.length], "big")


def hexadecimal(block: bytes, at: Slice) -> str:
    """The slice in lower-case hex, two characters a byte."""
    return block[at.offset : at.offset + at.length].hex()
