"""The loop over batches: each a transaction behind the fence with its journal row, of a size that adapts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from retention.model.errors import Problem, TransientError
from retention.model.ledger import GENESIS, JournalEntry
from retention.model.plan import Plan
from retention.model.rule import Action
from retention.planning.needs import Need, Telling
from retention.runtime.deployment import Deployment
from retention.runtime.hold_copies import catch_up
from retention.runtime.hold_epochs import refuse_behind
from retention.runtime.in_use import refuse_retired
from retention.runtime.leases import Lease
from retention.runtime.plan_approval import refuse_rejected
from retention.runtime.plan_contract import refuse_expired
from retention.runtime.prepare import refuse_when_stopped
from retention.sql import journal
from retention.sql.database import Database
from retention.sql.disposal import Batches, BatchOutcome, Pseudonyms
from retention.sql.examination import spare_into_residue
from retention.sql.holds_here import holds_here
from retention.sql.server_clock import server_ms
from retention.sql.set_aside import set_aside
from retention.sql.stop import refuse_behind_stop
from retention.sql.verdicts import CompiledRule

SHARD = 0
SMALLEST, LARGEST = 100, 50_000
LOCK_ATTEMPTS = 50  # of one batch, a tenth of a second and more apart
MOST_ASIDE = 1_000  # groups, by one worker: beyond, it is not about single rows, and the rule fails
FENCE_PATIENCE = 30.0  # seconds that a batch waits for a hold that is being placed


@dataclass(kw_only=True)
class BatchLoop:
    """Goes on after the last journal row of this run and rule, so that a run which was killed resumes."""

    deployment: Deployment
    database: Database
    connection: Connection
    compiled: CompiledRule
    plan: Plan
    lease: Lease
    pseudonyms: Pseudonyms
    progress: Callable[[int, int], None]
    needs: tuple[Need, ...] = ()
    tells: tuple[Telling, ...] = ()
    resumed: bool = False
    milliseconds: list[float] = field(default_factory=list)
    _size: int = 0
    _aside: int = 0

    def run(self, action: Action, first: int, last: int, *, total: int) -> None:
        """Dispose of the candidates numbered ``first`` to ``last`` by one action."""
        if last < first:
            return
        batches = Batches.of(self.compiled, self.plan.run_id, action, self.pseudonyms, self.needs, self.tells)
        with self.database.writing_on(self.connection):
            batches.open(self.connection)
            _, _, reached = self._last()
        self.resumed = self.resumed or reached >= first
        self._size = self._size or self.deployment.settings.batch_groups
        at = max(first, reached + 1)
        while at <= last:
            until = min(last, at + self._size - 1)
            until = self._written(batches, at, until)
            self.progress(until, total)
            at = until + 1

    def entries(self) -> tuple[journal.Written, ...]:
        """What the journal says of this run and rule, resumed parts included."""
        with self.database.reading_on(self.connection):
            return journal.entries_of(self.connection, self.database.own, self.plan.run_id, self._rule_id)

    @property
    def _rule_id(self) -> str:
        return self.compiled.context.rule.id

    def _last(self) -> tuple[int, str, int]:
        return journal.last_of(self.connection, self.database.own, self.plan.run_id, self._rule_id, SHARD)

    def _written(self, batches: Batches, first: int, last: int) -> int:
        """Write one batch; gives the last candidate that it covered, which may be an earlier one than asked for."""
        for attempt in range(LOCK_ATTEMPTS):
            self._may_begin()
            began = time.perf_counter()
            try:
                self._transaction(batches, first, last)
            except DBAPIError as error:
                if self.database.dialect.refuses_a_row(error) and self._aside < MOST_ASIDE:
                    if first == last:
                        self._set_aside(batches, first, type(error.orig).__name__)
                        return last
                    last = first + (last - first) // 2
                    continue
                if not self.database.dialect.is_lock_timeout(error):
                    raise
                self._size = max(SMALLEST, self._size // 2)
                last = min(last, first + self._size - 1)
                time.sleep(min(2.0, 0.1 * (attempt + 1)))
                continue
            self._adapt((time.perf_counter() - began) * 1000, last - first + 1)
            return last
        raise TransientError(
            Problem(
                code="R434",
                what=f"somebody else held locks on the same rows for {LOCK_ATTEMPTS} attempts",
                where=f"rule {self._rule_id}",
                remedy="look for long transactions in the database; the run goes on where it was when tried again",
            )
        )

    def _adapt(self, took: float, groups: int) -> None:
        self.milliseconds.append(took)
        target = self.deployment.settings.batch_target_ms
        if took > 2 * target:
            self._size = max(SMALLEST, self._size // 2)
        elif took < target and groups >= self._size:
            self._size = min(LARGEST, self._size + self._size // 4)

    def _transaction(self, batches: Batches, first: int, last: int) -> None:
        with self.database.batch_on(self.connection):
            epoch = self._guarded()
            outcome = self._compiled_for(batches, epoch).run(self.connection, first, last)
            if outcome.spared:
                now = self.deployment.clock.now().isoformat()
                spare_into_residue(self.connection, self.compiled, self.plan.run_id, first, last, now=now)
            self._journal(batches.action, first, last, outcome, epoch)

    def _compiled_for(self, batches: Batches, epoch: int) -> Batches:
        """Holds on conditions and tables are part of the statements: a hold that came or went since asks for others."""
        context = self.compiled.context
        if context.holds.epoch != epoch:
            present = holds_here(self.connection, self.database.own, self.plan.dataset)
            self.compiled = CompiledRule(replace(context, holds=present))
        return replace(batches, compiled=self.compiled)

    def _guarded(self) -> int:
        """Inside the fence: not stopped, still ours, and the holds here are those of the control store."""
        refuse_behind_stop(self.connection, self.database.own)
        self.lease.renew(self.connection)
        return refuse_behind(self.deployment, self.database, self.connection)

    def _may_begin(self) -> None:
        """Before each batch: the stop switch, a retirement, holds that are on their way into this dataset, and whether
        the plan still binds."""
        refuse_when_stopped(self.deployment)
        refuse_retired(self.deployment, self.plan.dataset)
        self._wait_for_holds()
        refuse_rejected(self.deployment, self.plan)
        refuse_expired(self.deployment, self.plan)

    def _wait_for_holds(self) -> None:
        until = time.perf_counter() + FENCE_PATIENCE
        while self.deployment.control.holds.pending(self.plan.dataset):
            if time.perf_counter() > until and catch_up(self.deployment, self.plan.dataset).reason:
                raise TransientError(
                    Problem(
                        code="R431",
                        what="a hold is pending in this dataset, and nothing is disposed of until it is in force",
                        where=f"dataset {self.plan.dataset}",
                        remedy="`retention hold list` says which, `retention hold retry` places what is missing",
                    )
                )
            time.sleep(0.05)

    def _set_aside(self, batches: Batches, candidate: int, reason: str) -> None:
        """A group that the database refuses to write: kept, named by its candidate's number, and the run ends red."""
        with self.database.batch_on(self.connection):
            epoch = self._guarded()
            now = server_ms(self.connection, self.database.dialect)
            set_aside(self.connection, self.database.own, self.plan.run_id, self._rule_id, candidate, reason, now)
            nothing = BatchOutcome(groups=0, rows={}, spared={}, keys_digest="", subjects=b"")
            self._journal(batches.action, candidate, candidate, nothing, epoch, aside=1)
        self._aside += 1

    def _journal(
        self, action: Action, first: int, last: int, outcome: BatchOutcome, epoch: int, *, aside: int = 0
    ) -> None:
        seq, previous, _ = self._last()
        entry = JournalEntry(
            run_id=self.plan.run_id,
            rule_id=self._rule_id,
            shard=SHARD,
            seq=seq + 1,
            action=action.value,
            first=first,
            last=last,
            groups=outcome.groups,
            rows=json.dumps(dict(outcome.rows), sort_keys=True),
            spared=json.dumps(dict(outcome.spared), sort_keys=True),
            set_aside=aside,
            keys_digest=outcome.keys_digest,
            subjects=outcome.subjects,
            hold_epoch=epoch,
            committed_ms=server_ms(self.connection, self.database.dialect),
            previous=previous or GENESIS,
        )
        journal.append(self.connection, self.database.own, entry)
