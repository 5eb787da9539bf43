"""Entries of a dataset's journal and of the ledger, each chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime

from retention.model.errors import Problem

GENESIS = "0" * 64  # stands before the first entry of a chain


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One committed batch. Counts and digests; ``subjects`` are 8 bytes of a keyed digest for each person."""

    run_id: str
    rule_id: str
    shard: int
    seq: int  # from 1, without gaps
    action: str
    first: int  # range of candidates that the batch covered
    last: int
    groups: int
    rows: str  # JSON: table -> rows written
    spared: str  # JSON: verdict (or "vanished") -> groups that were candidates and stayed
    set_aside: int
    keys_digest: str
    subjects: bytes
    hold_epoch: int
    committed_ms: int
    previous: str  # hash of the entry before; GENESIS for the first

    def hash(self) -> str:
        """SHA-256 in lower-case hex over the fields as JSON with sorted keys; bytes as hex."""
        document = {field.name: getattr(self, field.name) for field in fields(self)}
        document["subjects"] = self.subjects.hex()
        return chained(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One entry of the control store's ledger. ``body`` is canonical JSON without any value of a person."""

    sequence: int  # from 1, without gaps
    at: datetime
    kind: str  # "batch", "hold_placed", "run_sealed", ...
    body: str
    previous: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("at must carry a zone")

    def hash(self) -> str:
        return chained(
            {
                "sequence": self.sequence,
                "at": self.at.isoformat(),
                "kind": self.kind,
                "body": self.body,
                "previous": self.previous,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerVerification:
    """What became of an examination of the whole ledger."""

    entries: int
    heads: int  # signed heads that were compared, exported ones and those kept beside the ledger
    exported: int  # of these, the exported ones that were given: only they show that everything was rewritten
    compared: tuple[str, ...]  # datasets whose journals agree or differ; a difference is a problem
    not_compared: tuple[tuple[str, str], ...]  # (dataset, why its journal could not be looked at)
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return not self.problems


def chained(document: dict[str, object]) -> str:
    """SHA-256 in lower-case hex over JSON with sorted keys and no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
