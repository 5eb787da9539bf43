"""The chains of a dataset's journal, one for each run, rule and shard, and where one is broken."""

from __future__ import annotations

from retention.model.errors import Problem
from retention.model.ledger import JournalEntry
from retention.sql.control.records import Followed
from retention.sql.journal_reading import Chain

BATCH = "batch"  # kind of the ledger's entries that were taken from a journal


def break_in(entry: JournalEntry, kept: str, before: Followed) -> str:
    """Why the entry, with the hash that stands beside it, does not follow ``before``; empty where it does."""
    if entry.seq != before.seq + 1:
        return f"entry {before.seq + 1} is missing"
    if entry.previous != before.hash:
        return f"entry {entry.seq} does not follow the one before it"
    if entry.hash() != kept:
        return f"entry {entry.seq} was changed after it was written"
    return ""


def broken(dataset: str, chain: Chain, why: str) -> Problem:
    run_id, rule_id, shard = chain
    return Problem(
        code="R370",
        what=f"the journal is broken: {why}",
        where=f"dataset {dataset}, run {run_id}, rule {rule_id}, shard {shard}",
        remedy="find out who can write to retention's tables there; `retention ledger verify` names every break. "
        "A dataset restored from a backup lacks what was written since",
    )


def batch_body(dataset: str, entry: JournalEntry, kept: str) -> dict[str, object]:
    """What the ledger keeps of a batch. Digests of persons stay in the journal; its hash covers them."""
    return {
        "dataset": dataset,
        "run_id": entry.run_id,
        "rule_id": entry.rule_id,
        "shard": entry.shard,
        "seq": entry.seq,
        "action": entry.action,
        "groups": entry.groups,
        "rows": entry.rows,
        "spared": entry.spared,
        "set_aside": entry.set_aside,
        "keys_digest": entry.keys_digest,
        "hold_epoch": entry.hold_epoch,
        "committed_ms": entry.committed_ms,
        "journal_hash": kept,
    }
