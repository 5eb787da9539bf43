"""What SQLite cannot say by itself, in Python: digests, numbers from bytes, a digest over rows."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from retention.model.period import Period
from retention.model.terms import Terms
from retention.planning.counting import kept_through

# An e-mail address, or what may be a telephone number: seven digits or more, with what people write between them.
_CONTACT = re.compile(r"[\w+][\w.%+'-]*@[\w-]+(?:\.[\w-]+)+|[+(]?[0-9][0-9 ()./\u00a0-]{5,}[0-9]")
_DAY = len("2026-01-31")
_BLOCK = 64  # bytes of a block of SHA-256


class Secrets:
    """The secrets of one connection, as HMAC's two digests that have read their pads: a row only copies them.
    They stand in no statement and in no parameter."""

    def __init__(self) -> None:
        self._pads: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}

    def install(self, secrets: Mapping[str, bytes]) -> None:
        self._pads = {name: _padded(secret) for name, secret in secrets.items()}

    def digest(self, secret: str, text: str | None) -> bytes | None:
        if text is None:
            return None
        if secret not in self._pads:
            raise LookupError(f"no secret {secret!r} is installed on this connection")
        inner, outer = self._pads[secret]
        inner, outer = inner.copy(), outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.digest()


def _padded(secret: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """RFC 2104: a longer secret is replaced by its digest, a shorter one filled up with zeroes."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    key = key.ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in key)), hashlib.sha256(bytes(byte ^ 0x5C for byte in key))


class RowsDigest:
    """Aggregate over texts, in the order in which they come."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def step(self, text: Any, /) -> None:
        self._digest.update(f"{text}\n".encode())

    def finalize(self) -> Any:
        return self._digest.hexdigest()


class RowsBytes:
    """Aggregate over bytes, in the order in which they come; NULLs are left out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def step(self, item: Any, /) -> None:
        if item is not None:
            self._bytes += item

    def finalize(self) -> Any:
        return bytes(self._bytes)


def _sha256(text: str | None) -> bytes | None:
    return None if text is None else hashlib.sha256(text.encode()).digest()


def _number(digest: bytes | None, offset: int, length: int) -> int | None:
    return None if digest is None else int.from_bytes(digest[offset : offset + length], "big")


def _plus(day: object, months: int, days: int) -> str | None:
    """NULL for what is no day, and beyond the calendar."""
    try:
        start = date.fromisoformat(day) if isinstance(day, str) and len(day) == _DAY else None
    except ValueError:
        return None
    through = None if start is None else kept_through(start, Terms.plain(Period(months=months, days=days)))
    return None if through is None else through.isoformat()


def _contacts(text: object) -> str | None:
    """A list in JSON; NULL where there are none."""
    found = _CONTACT.findall(text) if isinstance(text, str) else None
    return json.dumps(found) if found else None


def register(connection: sqlite3.Connection) -> Secrets:
    """Make the functions known to a connection; gives the place of its secrets."""
    secrets = Secrets()
    connection.create_function("retention_sha256", 1, _sha256, deterministic=True)
    connection.create_function("retention_number", 3, _number, deterministic=True)
    connection.create_function("retention_digest", 2, secrets.digest, deterministic=True)
    connection.create_function("retention_contacts", 1, _contacts, deterministic=True)
    connection.create_function("retention_plus", 3, _plus, deterministic=True)
    connection.create_aggregate("retention_rows_digest", 1, RowsDigest)
    connection.create_aggregate("retention_rows_bytes", 1, RowsBytes)
    return secrets
