"""Verification: each promise looked at by other means than disposal. One idea a file; findings, never values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from retention.sql.checks.anywhere import originals_gone_anywhere
from retention.sql.checks.counts import counts_agree
from retention.sql.checks.due import nothing_due_left
from retention.sql.checks.examined import something_examined
from retention.sql.checks.finding import Finding
from retention.sql.checks.holds import no_batch_on_held, no_mark_on_held
from retention.sql.checks.in_range import in_range
from retention.sql.checks.look import Look
from retention.sql.checks.marks import marks_valid
from retention.sql.checks.orphans import no_orphan
from retention.sql.checks.same_subject import originals_gone_same_subject
from retention.sql.checks.unique import unique_keys

CHECKS: tuple[Callable[[Look], Iterator[Finding]], ...] = (
    something_examined,
    nothing_due_left,
    originals_gone_same_subject,
    originals_gone_anywhere,
    in_range,
    marks_valid,
    no_batch_on_held,
    no_mark_on_held,
    no_orphan,
    unique_keys,
    counts_agree,
)
