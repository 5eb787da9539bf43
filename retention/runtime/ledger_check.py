"""Examining the whole ledger: every entry, every signed head, and the journals that it was taken from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, RetentionError
from retention.model.ledger import GENESIS, LedgerEntry, LedgerVerification
from retention.model.run import SignedHead
from retention.runtime.deployment import Deployment
from retention.runtime.journal_chains import BATCH, break_in, broken
from retention.runtime.ledger_key import is_signed_by, key_id
from retention.sql.control.ledger import KeptEntry, all_followed, entries
from retention.sql.control.records import Followed
from retention.sql.database import Database
from retention.sql.initialise import check_ours
from retention.sql.journal_reading import Chain, chains, whole_chain

MOST = 50  # problems that are listed; the first ones tell where to look
Chains = dict[str, dict[Chain, Followed]]  # by dataset


def verify(deployment: Deployment, heads: Iterable[SignedHead] = ()) -> LedgerVerification:
    """Find any edit, gap, swap, repetition or truncation up to the latest of ``heads``, which were exported before.

    Heads that are kept beside the ledger are compared too, but whoever rewrote the ledger may have rewritten them.
    The journals of datasets that can be reached are examined and compared with what the ledger took from them.
    """
    exported = tuple(heads)
    compared = {head.signature: head for head in (*deployment.control.ledger.heads(), *exported)}
    walk = _Walk(at_heads=frozenset(head.sequence for head in compared.values()))
    with deployment.control.reading() as connection:
        for kept in entries(connection):
            walk.step(kept)
        walk.end(all_followed(connection))
    walk.problems += _of_heads(deployment, walk, compared.values())
    seen, unseen = _journals(deployment, walk)
    return LedgerVerification(
        entries=walk.last,
        heads=len(compared),
        exported=len(exported),
        compared=seen,
        not_compared=unseen,
        problems=tuple(walk.problems[:MOST]),
    )


@dataclass
class _Walk:
    """From the first entry to the last. What is wrong is noted, and the walk goes on from what stands there."""

    at_heads: frozenset[int]
    last: int = 0
    hash: str = GENESIS
    hash_at: dict[int, str] = field(default_factory=dict)  # of the entries that heads were signed over
    taken: Chains = field(default_factory=dict)  # how far each chain of each journal was taken
    problems: list[Problem] = field(default_factory=list)

    def step(self, kept: KeptEntry) -> None:
        entry = kept.entry
        if entry is None:
            self._wrong("R374", self.last + 1, "cannot be read: it was changed after it was written")
            self.last += 1
            self.hash = kept.hash
            return
        if entry.sequence != self.last + 1:
            self._wrong("R373", self.last + 1, f"is missing; the next one that is there is {entry.sequence}")
        elif entry.previous != self.hash:
            self._wrong("R374", entry.sequence, "does not follow the one before it")
        if entry.hash() != kept.hash:
            self._wrong("R374", entry.sequence, "was changed after it was written")
        if entry.sequence in self.at_heads:
            self.hash_at[entry.sequence] = entry.hash()
        if entry.kind == BATCH:
            self._batch(entry)
        self.last, self.hash = entry.sequence, kept.hash

    def end(self, followed: Mapping[str, Mapping[Chain, Followed]]) -> None:
        """What the control store says it took must be here."""
        for dataset in sorted(followed.keys() | self.taken.keys(), key=repr):
            noted, here = followed.get(dataset, {}), self.taken.get(dataset, {})
            for chain in sorted(noted.keys() | here.keys(), key=repr):
                if noted.get(chain) != here.get(chain):
                    run_id, rule_id, shard = chain
                    what = f"does not end with the batches taken of run {run_id}, rule {rule_id}, shard {shard}"
                    self._wrong("R373", self.last, f"{what} in {dataset}: entries are missing or too many")

    def _batch(self, entry: LedgerEntry) -> None:
        try:
            body = json.loads(entry.body)
            chain: Chain = (body["run_id"], body["rule_id"], body["shard"])
            taken = self.taken.setdefault(body["dataset"], {})
            seq, digest = body["seq"], body["journal_hash"]
        except (ValueError, TypeError, KeyError):
            self._wrong("R374", entry.sequence, "says nothing that can be read")
            return
        if seq != taken.get(chain, Followed(seq=0, hash=GENESIS)).seq + 1:
            self._wrong("R374", entry.sequence, "repeats a batch or leaves one out")
        taken[chain] = Followed(seq=seq, hash=digest)

    def _wrong(self, code: str, sequence: int, what: str) -> None:
        self.problems.append(
            Problem(
                code=code,
                what=f"entry {sequence} {what}",
                where="ledger",
                remedy="find out who can write to the control store; what the exported heads cover before this entry "
                "can be trusted",
            )
        )


# -- heads -------------------------------------------------------------------------------------------------------------


def _of_heads(deployment: Deployment, walk: _Walk, heads: Iterable[SignedHead]) -> list[Problem]:
    public_key = deployment.control.keys.ledger_public_key()
    return [
        Problem(
            code="R375",
            what=f"the head over entry {head.sequence}, signed at {head.signed_at.isoformat()}, {why}",
            where="ledger",
            remedy="see that the head is of this deployment and came here unchanged; where it did, the ledger was "
            "rewritten: find out who can write to the control store",
        )
        for head in sorted(heads, key=lambda head: (head.sequence, head.signed_at))
        if (why := _head_differs(deployment.control.deployment_id, walk, head, public_key))
    ]


def _head_differs(deployment_id: str, walk: _Walk, head: SignedHead, public_key: str | None) -> str:
    if head.deployment != deployment_id:
        return "is of another deployment"
    if public_key is None or head.key_id != key_id(public_key):
        return "was signed with another key than the one that is remembered here"
    if not is_signed_by(head, public_key):
        return "has a signature that does not fit"
    if head.sequence > walk.last:
        return f"shows that entries are missing at the end: there are {walk.last}"
    here = GENESIS if head.sequence == 0 else walk.hash_at.get(head.sequence)
    return "" if here == head.hash else "was signed over another entry than the one that stands there"


# -- journals ----------------------------------------------------------------------------------------------------------


def _journals(deployment: Deployment, walk: _Walk) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    seen: list[str] = []
    unseen: list[tuple[str, str]] = []
    for dataset in sorted(deployment.datasets.keys() | walk.taken.keys()):
        try:
            database = deployment.database(dataset)
            walk.problems += _of_journal(deployment, database, walk.taken.get(dataset, {}))
        except RetentionError as error:
            unseen.append((dataset, f"{error.problems[0].code} {error.problems[0].what}"))
        except SQLAlchemyError as error:
            unseen.append((dataset, f"the database failed: {type(error).__name__}"))
        else:
            seen.append(dataset)
    return tuple(seen), tuple(unseen)


def _of_journal(deployment: Deployment, database: Database, taken: Mapping[Chain, Followed]) -> list[Problem]:
    dataset, problems = database.dataset.id, []
    with database.reading() as connection:
        check_ours(connection, database, deployment.control.deployment_id)
        there = chains(connection, database.own)
        for chain in sorted(there.keys() | taken.keys(), key=repr):
            why = _chain_differs(whole_chain(connection, database.own, chain), taken.get(chain))
            if why:
                problems.append(broken(dataset, chain, why))
    return problems


def _chain_differs(chain: Iterable[Any], taken: Followed | None) -> str:
    """Every entry follows the one before, so that one equal hash shows that all before it are equal."""
    at = Followed(seq=0, hash=GENESIS)
    for entry, kept in chain:
        if why := break_in(entry, kept, at):
            return why
        at = Followed(seq=entry.seq, hash=kept)
        if taken is not None and at.seq == taken.seq and at.hash != taken.hash:
            return f"entry {at.seq} is not the one that the ledger took"
    if taken is not None and at.seq < taken.seq:
        return f"it ends with entry {at.seq}, and the ledger took {taken.seq}"
    return ""
