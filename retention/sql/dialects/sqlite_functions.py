"""What SQLite cannot say by itself, in Python: digests, numbers from bytes, a digest over rows."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Mapping
from functools import lru_cache

_REMEMBERED = 32  # digests: a statement asks for those of one row several times


class Secrets:
    """The secrets of one connection. They stand in no statement and in no parameter."""

    def __init__(self) -> None:
        self._by_name: dict[str, bytes] = {}
        self.digest = lru_cache(maxsize=_REMEMBERED)(self._digest)

    def install(self, secrets: Mapping[str, bytes]) -> None:
        self._by_name = dict(secrets)
        self.digest.cache_clear()

    def _digest(self, secret: str, text: str | None) -> bytes | None:
        if text is None:
            return None
        if secret not in self._by_name:
            raise LookupError(f"no secret {secret!r} is installed on this connection")
        return hmac.digest(self._by_name[secret], text.encode(), "sha256")


class RowsDigest:
    """Aggregate over texts, in the order in which they come."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def step(self, text: str) -> None:
        self._digest.update(f"{text}\n".encode())

    def finalize(self) -> str:
        return self._digest.hexdigest()


class RowsBytes:
    """Aggregate over bytes, in the order in which they come; NULLs are left out."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def step(self, item: bytes | None) -> None:
        if item is not None:
            self._bytes += item

    def finalize(self) -> bytes:
        return bytes(self._bytes)


def _sha256(text: str | None) -> bytes | None:
    return None if text is None else hashlib.sha256(text.encode()).digest()


def _number(digest: bytes | None, offset: int, length: int) -> int | None:
    return None if digest is None else int.from_bytes(digest[offset : offset + length], "big")


def register(connection: sqlite3.Connection) -> Secrets:
    """Make the functions known to a connection; gives the place of its secrets."""
    secrets = Secrets()
    connection.create_function("retention_sha256", 1, _sha256, deterministic=True)
    connection.create_function("retention_number", 3, _number, deterministic=True)
    connection.create_function("retention_digest", 2, lambda name, text: secrets.digest(name, text), deterministic=True)
    connection.create_aggregate("retention_rows_digest", 1, RowsDigest)
    connection.create_aggregate("retention_rows_bytes", 1, RowsBytes)
    return secrets
