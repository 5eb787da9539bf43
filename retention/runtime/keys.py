"""The key of the pseudonyms. Its text never stands in a message; what reaches a database is a subkey for one purpose.

Losing it means that nobody gets the same pseudonym as before; whoever has it can tell who a pseudonym is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from retention.model.errors import Problem, RetentionError, refuse
from retention.runtime.deployment import Deployment
from retention.runtime.resolver import Resolver

KEY_VARIABLE = "RETENTION_PSEUDONYM_KEY"
FILE_VARIABLE = "RETENTION_PSEUDONYM_KEY_FILE"
_PREFIX = "retention-key-1"
_KEY_BYTES = 32
_CHECK_CHARACTERS = 8
_LONGEST_FILE = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class PseudonymKey:
    """``id`` tells keys apart and tells nothing of the key."""

    id: str
    secret: bytes = field(repr=False)

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF, RFC 5869): from one subkey neither the key nor another subkey follows."""
        return _derived(self.secret, f"subkey {purpose}", _KEY_BYTES)


def new_key() -> str:
    """A fresh key as text: ``retention-key-1:<64 hex>:<8 hex>``, the last part a checksum against typing errors."""
    secret = secrets.token_bytes(_KEY_BYTES).hex()
    return f"{_PREFIX}:{secret}:{_checksum(secret)}"


def load_key(resolver: Resolver) -> PseudonymKey | None:
    """From the resolver, else $RETENTION_PSEUDONYM_KEY, else the file that $RETENTION_PSEUDONYM_KEY_FILE names.

    None where there is none. Raises RetentionError R341 for a text that is no key, R342 for a file that cannot serve.
    """
    if text := resolver.pseudonym_key():
        return parse_key(text, "the connection that holds the key")
    if text := os.environ.get(KEY_VARIABLE):
        return parse_key(text, f"${KEY_VARIABLE}")
    if name := os.environ.get(FILE_VARIABLE):
        return parse_key(_file_text(Path(name)), f"${FILE_VARIABLE}")
    return None


def require_key(deployment: Deployment) -> PseudonymKey:
    """The key that this deployment uses. The first one is remembered by its id.

    Raises RetentionError R340 without a key, R343 for another one than before, and what ``load_key`` raises."""
    key = load_key(deployment.resolver)
    if key is None:
        raise RetentionError(missing_key("the key of the pseudonyms"))
    deployment.control.keys.remember_key(key.id)
    return key


def missing_key(where: str) -> Problem:
    """R340, for whoever finds out beforehand. ``where``: what cannot go on without a key."""
    return Problem(
        code="R340",
        what="there is no key, and without one nothing can be pseudonymized",
        where=where,
        remedy=f"`retention key new` makes one: put it into ${KEY_VARIABLE}, or into a file that only you can read and "
        f"name that in ${FILE_VARIABLE}; keep a copy where you keep secrets",
    )


def parse_key(text: str, where: str) -> PseudonymKey:
    """Raises RetentionError R341, which does not repeat the text."""
    prefix, _, rest = text.strip().partition(":")
    secret, _, checksum = rest.partition(":")
    if prefix != _PREFIX:
        raise _malformed(f"it does not begin with {_PREFIX}:", where)
    if len(secret) != 2 * _KEY_BYTES or len(checksum) != _CHECK_CHARACTERS:
        raise _malformed("it is not as long as a key is: something is missing or was added", where)
    if not secrets.compare_digest(_checksum(secret).encode(), checksum.lower().encode()):
        raise _malformed("its checksum does not fit: a character was changed", where)
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raise _malformed("it holds characters that no key has", where) from None
    return PseudonymKey(id=_derived(raw, "id", 8).hex(), secret=raw)


def _malformed(why: str, where: str) -> RetentionError:
    remedy = "copy the whole line that `retention key new` printed, from where you keep it"
    return refuse("R341", f"the text is no key: {why}", where=where, remedy=remedy)


def _file_text(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            status = os.fstat(file.fileno())
            text = file.read(_LONGEST_FILE)
    except UnicodeDecodeError:
        raise _malformed("the file holds something else than text", f"${FILE_VARIABLE}") from None
    except OSError as error:
        remedy = f"name a file in ${FILE_VARIABLE} that holds the key and that this user can read"
        raise refuse("R342", f"the key file cannot be read: {error.strerror}", where=str(path), remedy=remedy) from None
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.filemode(status.st_mode)
        remedy = f"chmod 600 {path}"
        raise refuse(
            "R342", f"others than its owner can read or write the key file ({mode})", where=str(path), remedy=remedy
        )
    return text


def _checksum(secret: str) -> str:
    return hashlib.sha256(f"{_PREFIX}:{secret.lower()}".encode()).hexdigest()[:_CHECK_CHARACTERS]


def _derived(secret: bytes, info: str, length: int) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"retention {info}".encode())
    return hkdf.derive(secret)
