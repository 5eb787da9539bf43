"""The control store: opening it, making it, and what can be asked of it.

``Deployment.control`` is one. Its groups of operations, each in a file of its own (times are aware datetimes):

runs        prepare(handle, *, run_secret, at) -> RunHandle    idempotent on (dataset, external_id)
            by_external_id(dataset, external_id) -> RunRecord | None
            run(run_id) -> RunRecord    R400 lists recent ones        runs_of(dataset, limit=20), recent(limit=20)
            last_sealed(dataset) -> RunRecord | None
            save_plan(run_id, plan), plan(run_id) -> Plan | None      set_state(run_id, state)
            save_step(run_id, result)    forgets the rule's failure   step_result(run_id, rule_id) -> StepResult | None
            step_results(run_id) -> tuple[StepResult, ...]            save_failure(run_id, rule_id, problems)
            save_verification(run_id, verification), verification(run_id) -> Verification | None
            save_sealed(run_id, *, state, problems, head, report, at)
            run_secret(run_id) -> bytes | None                        forget_run_secret(run_id), with_secret(dataset)
watermarks  watermark(rule_id) -> Watermark | None                    save_watermark(rule_id, watermark)
rules       first_seen(rule_id, digest) -> datetime | None            record_seen(rule_id, digest, *, at)
rule_texts  histories() -> {rule_id: tuple[InForce, ...]}             cool_downs() -> tuple[(Period, since), ...]
            bodies(digests) -> {digest: body}    record(present, period, *, at) -> ids of rules that changed
stops       stopped() -> Stop | None        stop(by, reason, at) -> Stop        resume(by, at) -> bool
keys        remembered_key() -> str | None  remember_key(key_id)    R343 where another one was used
            ledger_public_key() -> str | None                         remember_ledger_public_key(hex)
pools       latest(name) -> Pool | None     version(name, number) -> Pool | None
            add_first(name, values, *, digest, faker) -> Pool    the first version; what is there where there is one
            add(name, values, *, digest, faker) -> Pool          a further version
persons     person(token) -> str | None     add_token(name, token, *, made_by, at)    R364 where the name is taken
            names() -> tuple[str, ...]
holds       epoch(dataset) -> int    what a dataset must have         pending(dataset) -> bool
            record(hold_id) -> HoldRecord    R361 lists them          records() -> tuple[HoldRecord, ...]
            add, settle, wanted, copy, record_copy: retention.runtime.holds uses them
releases    request, confirm, withdraw: retention.runtime.holds uses them
            end(at) -> tuple[str, ...]    the holds whose release has cooled down by then
retirements all() -> {dataset: Retirement}                            of(dataset) -> Retirement | None
            request, confirm, request_revival, confirm_revival: retention.runtime.retirement uses them
approvals   decisions(run_id) -> tuple[PlanDecision, ...]             record(decision)    R417, R419
ledger      append(kind, body, at) -> LedgerEntry                     tip() -> (sequence, hash)
            latest(limit=50) -> tuple[LedgerEntry, ...]               heads() -> tuple[SignedHead, ...]
            the rest, and anything that follows, signs or verifies: retention.runtime.ledger
"""

from __future__ import annotations

import secrets
import uuid
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select

from retention.sql.control import failures
from retention.sql.control.approvals import Approvals
from retention.sql.control.holds import Holds
from retention.sql.control.keys import Keys
from retention.sql.control.ledger import Ledger
from retention.sql.control.links import Links
from retention.sql.control.migrate import upgrade
from retention.sql.control.persons import Persons
from retention.sql.control.pools import Pools
from retention.sql.control.releases import Releases
from retention.sql.control.retirements import Retirements
from retention.sql.control.rule_texts import RuleTexts
from retention.sql.control.rules_seen import RulesSeen
from retention.sql.control.runs import Runs
from retention.sql.control.stops import Stops
from retention.sql.control.tables import SCHEMA, SCHEMA_REVISION, VERSION_TABLE, deployment
from retention.sql.control.transactions import Transactions, connect, is_missing_file
from retention.sql.control.watermarks import Watermarks

_VERSION = Table(VERSION_TABLE, MetaData(schema=SCHEMA), Column("version_num", String(32)))


class ControlStore:
    """``trace_secret``: the 32 bytes under which the journals' digests of subjects are made."""

    def __init__(self, transactions: Transactions, deployment_id: str, trace_secret: bytes) -> None:
        self._transactions = transactions
        self.deployment_id = deployment_id
        self.trace_secret = trace_secret
        self.runs = Runs(transactions)
        self.watermarks = Watermarks(transactions)
        self.rules = RulesSeen(transactions)
        self.rule_texts = RuleTexts(transactions)
        self.stops = Stops(transactions)
        self.keys = Keys(transactions)
        self.pools = Pools(transactions)
        self.persons = Persons(transactions)
        self.holds = Holds(transactions)
        self.releases = Releases(transactions)
        self.links = Links(transactions)
        self.retirements = Retirements(transactions)
        self.approvals = Approvals(transactions)
        self.ledger = Ledger(transactions)

    @classmethod
    def open(cls, url: str) -> ControlStore:
        """Raises RetentionError R350 (cannot be opened), R351 (not there yet), R352 (newer), R354 (older), R318, R323,
        R324 (a server of MariaDB that will not do)."""
        transactions = connect(url)
        if is_missing_file(transactions.url):
            raise failures.not_initialised(transactions.url)
        try:
            with transactions.reading() as connection:
                transactions.refuse_unfit(connection)
                _refuse_other_form(transactions, connection)
                row = connection.execute(select(deployment)).first()
        except BaseException:
            transactions.close()
            raise
        if row is None:
            transactions.close()
            raise failures.not_initialised(transactions.url)
        return cls(transactions, row.deployment_id, bytes(row.trace_secret))

    @classmethod
    def create(cls, url: str, *, at: datetime) -> ControlStore:
        """Make the store, or bring the one that is there to this release's form. Safe to repeat, and for several
        processes at once. Raises RetentionError R350, R352, R353."""
        transactions = connect(url)
        try:
            transactions.keep_readers_and_writer_apart()
            with transactions.making() as connection:
                transactions.refuse_unfit(connection)
                _refuse_newer(transactions, connection)
                upgrade(connection)
                if connection.execute(select(deployment.c.id)).first() is None:
                    connection.execute(insert(deployment).values(**_new_deployment(at)))
        finally:
            transactions.close()
        return cls.open(url)

    def begin(self) -> AbstractContextManager[Connection]:
        """A write transaction; one writer at a time."""
        return self._transactions.begin()

    def reading(self) -> AbstractContextManager[Connection]:
        return self._transactions.reading()

    def close(self) -> None:
        self._transactions.close()


def _new_deployment(at: datetime) -> dict[str, object]:
    return {
        "id": 1,
        "deployment_id": str(uuid.uuid4()),
        "created_at": at,
        "trace_secret": secrets.token_bytes(32),
        "hold_epoch": 0,
    }


def _found_form(transactions: Transactions, connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE, schema=transactions.schema):
        return None
    version: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return version


def _refuse_newer(transactions: Transactions, connection: Connection) -> None:
    found = _found_form(transactions, connection)
    if found is not None and found > SCHEMA_REVISION:
        raise failures.newer(transactions.url, found, SCHEMA_REVISION)


def _refuse_other_form(transactions: Transactions, connection: Connection) -> None:
    _refuse_newer(transactions, connection)
    found = _found_form(transactions, connection)
    if found is None:
        raise failures.not_initialised(transactions.url)
    if found < SCHEMA_REVISION:
        raise failures.older(transactions.url, found, SCHEMA_REVISION)
