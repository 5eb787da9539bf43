"""The key pair that signs the ledger's heads (Ed25519). The private half stays in a file, the public one goes out."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from retention.model.errors import RetentionError, refuse
from retention.model.run import SignedHead
from retention.runtime.deployment import Deployment

FILE_VARIABLE = "RETENTION_LEDGER_KEY_FILE"


def ensure_signing_key(deployment: Deployment) -> None:
    """Make the key pair where the deployment has none; the control store remembers its public half. Safe to repeat.

    Raises RetentionError R371 where the file is gone or of no use, R372 where it holds another key.
    """
    path = _path(deployment)
    if not path.exists() and deployment.control.keys.ledger_public_key() is None:
        _write_new(path)
    public = public_key_of(_load(path))
    if deployment.control.keys.remember_ledger_public_key(public) != public:
        raise _another_key(path)


def signing_key(deployment: Deployment) -> Ed25519PrivateKey:
    """Raises RetentionError R371 where the file is gone or of no use, R372 where it holds another key."""
    path = _path(deployment)
    key = _load(path)
    if public_key_of(key) != deployment.control.keys.ledger_public_key():
        raise _another_key(path)
    return key


def public_key_of(key: Ed25519PrivateKey) -> str:
    """32 raw bytes in hex."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def key_id(public_key: str) -> str:
    """The name by which a head says which key signed it."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def signed(head: SignedHead, key: Ed25519PrivateKey) -> SignedHead:
    named = replace(head, key_id=key_id(public_key_of(key)))
    return replace(named, signature=key.sign(_message(named)).hex())


def is_signed_by(head: SignedHead, public_key: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(head.signature), _message(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(head: SignedHead) -> bytes:
    document = {
        "what": "head of a retention ledger, version 1",
        "deployment": head.deployment,
        "sequence": head.sequence,
        "hash": head.hash,
        "signed_at": head.signed_at.astimezone(UTC).isoformat(),
        "key_id": head.key_id,
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _path(deployment: Deployment) -> Path:
    return Path(os.environ.get(FILE_VARIABLE) or deployment.home / "ledger.key")


def _write_new(path: Path) -> None:
    """Whole or not at all, readable by us alone; where another process was faster, its key stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError as error:
        raise _of_no_use(path, f"it cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _of_no_use(path, "others can read it; `chmod 600` it")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise _of_no_use(path, "it is not there") from None
    except OSError as error:
        raise _of_no_use(path, f"it cannot be read: {error.strerror}") from None
    except (ValueError, TypeError):
        raise _of_no_use(path, "it holds no private key in PEM form without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _of_no_use(path, "it holds a key of another kind than Ed25519")
    return key


def _of_no_use(path: Path, why: str) -> RetentionError:
    return refuse(
        "R371",
        f"the key that signs the ledger cannot be used: {why}",
        where=str(path),
        remedy=f"put the file back from where you keep secrets, or name it in ${FILE_VARIABLE}; a deployment keeps one "
        "key, made by the first `retention init`",
    )


def _another_key(path: Path) -> RetentionError:
    return refuse(
        "R372",
        "this is not the key that has signed this ledger so far",
        where=str(path),
        remedy=f"put the right file back, or name it in ${FILE_VARIABLE}",
    )
