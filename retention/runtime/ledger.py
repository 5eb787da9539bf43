"""The ledger: fed from the journals exactly once, chained by hash, its heads signed and handed out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.ledger import GENESIS, JournalEntry, LedgerEntry
from retention.model.run import SignedHead
from retention.runtime.deployment import Deployment
from retention.runtime.journal_chains import BATCH, batch_body, break_in, broken
from retention.runtime.ledger_check import verify
from retention.runtime.ledger_key import ensure_signing_key, signed, signing_key
from retention.sql.control.ledger import append as append_entry
from retention.sql.control.ledger import followed_chains, save_followed
from retention.sql.control.records import Followed
from retention.sql.database import Database
from retention.sql.journal_reading import Chain, chains, entries_after

__all__ = ["append", "ensure_signing_key", "export_head", "follow", "read_head", "sign_head", "verify"]

AT_ONCE = 500  # journal entries in one transaction of the control store


def append(deployment: Deployment, kind: str, body: Mapping[str, object]) -> LedgerEntry:
    """Record an event. ``body`` holds counts, names of ours and digests, never a value of a person."""
    return deployment.control.ledger.append(kind, body, deployment.clock.now())


def follow(deployment: Deployment, dataset_id: str) -> int:
    """Take what is new in a dataset's journal into the ledger; how many entries that were.

    Several processes may follow at once: the control store has one writer at a time, and what an entry says and how
    far we came commit together. Raises RetentionError R370 where a chain of the journal is broken; what stood before
    the break was taken.
    """
    database = deployment.database(dataset_id)
    taken = 0
    while True:
        some, broken = _follow_some(deployment, database)
        taken += some
        if broken is not None:
            raise RetentionError(broken)
        if some < AT_ONCE:
            return taken


def sign_head(deployment: Deployment) -> SignedHead:
    """The end of the ledger now, signed. Raises RetentionError R371 or R372 where the key cannot serve."""
    key = signing_key(deployment)
    sequence, digest = deployment.control.ledger.tip()
    head = SignedHead(
        deployment=deployment.control.deployment_id,
        sequence=sequence,
        hash=digest,
        signed_at=deployment.clock.now().astimezone(UTC),
        key_id="",
        signature="",
    )
    head = signed(head, key)
    deployment.control.ledger.save_head(head)
    return head


def export_head(deployment: Deployment, path: Path) -> SignedHead:
    """Sign the end of the ledger now and write it to a file, to be kept where nobody who can write to the control
    store can write. Raises RetentionError R376 where the file cannot be written."""
    head = sign_head(deployment)
    document = {
        **asdict(head),
        "signed_at": head.signed_at.isoformat(),
        "format": "retention-ledger-head",
        "version": 1,
        "public_key": deployment.control.keys.ledger_public_key(),
    }
    try:
        path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise _bad_file(path, f"it cannot be written: {error.strerror}") from None
    return head


def read_head(path: Path) -> SignedHead:
    """A head that was exported. Raises RetentionError R376 for a file that is not one."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        values = {name: document[name] for name in ("deployment", "sequence", "hash", "key_id", "signature")}
        return SignedHead(**values, signed_at=datetime.fromisoformat(document["signed_at"]))
    except OSError as error:
        raise _bad_file(path, f"it cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise _bad_file(path, "it is not a head of a ledger") from None


def _bad_file(path: Path, why: str) -> RetentionError:
    return refuse(
        "R376",
        f"the file of a ledger's head is of no use: {why}",
        where=str(path),
        remedy="name a file that `retention ledger export` wrote, or one that can be written",
    )


# -- following ---------------------------------------------------------------------------------------------------------


def _follow_some(deployment: Deployment, database: Database) -> tuple[int, Problem | None]:
    """One transaction: at most AT_ONCE entries, and the first break that was met."""
    dataset = database.dataset.id
    taken = 0
    with deployment.control.begin() as control, database.reading() as connection:
        known = followed_chains(control, dataset)
        last = chains(connection, database.own)
        for chain in sorted(last.keys() | known.keys(), key=repr):
            at = known.get(chain, Followed(seq=0, hash=GENESIS))
            if last.get(chain, 0) < at.seq:
                why = f"it ends with entry {last.get(chain, 0)}, and the ledger took {at.seq}"
                return taken, broken(dataset, chain, why)
            if last[chain] == at.seq:
                continue
            fresh = entries_after(connection, database.own, chain, at.seq, AT_ONCE - taken)
            reached, problem = _take(deployment, control, dataset, chain, at, fresh)
            taken += reached.seq - at.seq
            if problem is not None or taken >= AT_ONCE:
                return taken, problem
    return taken, None


def _take(
    deployment: Deployment,
    control: Connection,
    dataset: str,
    chain: Chain,
    at: Followed,
    fresh: Iterable[tuple[JournalEntry, str]],
) -> tuple[Followed, Problem | None]:
    """How far the chain could be followed, and why not further."""
    now = deployment.clock.now()
    reached, problem = at, None
    for entry, kept in fresh:
        why = break_in(entry, kept, reached)
        if why:
            problem = broken(dataset, chain, why)
            break
        append_entry(control, BATCH, batch_body(dataset, entry, kept), now)
        reached = Followed(seq=entry.seq, hash=kept)
    if reached != at:
        save_followed(control, dataset, chain, reached)
    return reached, problem
