"""Faults of the protocol, one each: what the product would be without one of its parts. tests/faults/test_faults.py
shows that the tests find each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, delete, false, true

from retention.runtime.batches import BatchLoop
from retention.runtime.rule_changes import Changes
from retention.sql.disposal import Batches
from retention.sql.group import written_in_keys
from retention.sql.holds import bring_to
from retention.sql.own_tables import OwnTables
from tests.steps import owner_of

Patches = Mapping[str, Callable[..., Any]]  # place -> what stands there instead
_JUDGE = Batches._judge_anew
_DELETE = Batches._delete


def nothing(*_: object, **__: object) -> None:
    """A part that is left out."""


def nowhere(*_: object, **__: object) -> Any:
    return false()


def nothing_of_it(*_: object, **__: object) -> tuple[()]:
    return ()


def _no_fence(self: Any, connection: Connection) -> None:
    self.begin_writing(connection)


def _judge_nothing(self: Batches, connection: Connection, first: int, last: int) -> int:
    context = self.compiled.context
    trusting: Any = _Trusting(context)
    return _JUDGE(replace(self, compiled=trusting), connection, first, last)


class _Trusting:
    """Whatever the plan listed is due."""

    reads_other_rows = False
    due = due_follow_up = true()

    def __init__(self, context: Any) -> None:
        self.context = context


def _delete_in_two(self: Batches, connection: Connection) -> dict[str, int]:
    context = self.compiled.context
    for member in context.rule.members:
        theirs = written_in_keys(context.rule, context.tables, member.table, self.keys, context.dialect)
        connection.execute(delete(context.tables[member.table]).where(theirs))
        _commit(connection)
    return _DELETE(self, connection)


def _commit_and_journal(self: BatchLoop, *arguments: Any, **named: Any) -> None:
    _commit(self.connection)
    _JOURNAL(self, *arguments, **named)


_JOURNAL = BatchLoop._journal


def _commit(connection: Connection) -> None:
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("BEGIN")


def _from_the_beginning(self: BatchLoop) -> tuple[int, str, int]:
    seq, previous, _ = _LAST(self)
    return seq, previous, 0


_LAST = BatchLoop._last


def _epoch_of_the_control_store(deployment: Any, database: Any, connection: Connection) -> int:
    return int(deployment.control.holds.epoch(database.dataset.id))


def _bring_nothing(connection: Connection, own: OwnTables, *, epoch: int, **_: object) -> None:
    _BRING(connection, own, epoch=epoch, protected=frozenset(), released=frozenset())


_BRING = bring_to


def _heard_without(*, new: bool) -> Callable[..., Any]:
    """The earlier texts, but for those of a rule that was there (or else for the time when there was none)."""
    return lambda self, rule: tuple(one for one in _AWAITED(self, rule) if (one.awaited.digest == "") is not new)


_AWAITED = Changes.awaited


FAULTS: Mapping[str, Patches] = {
    "": {},
    "batches do not take the fence": {
        "retention.sql.dialects.postgresql:PostgreSQL.fence_shared": _no_fence,
        "retention.sql.dialects.mariadb:MariaDB.fence_shared": _no_fence,
    },
    "batches believe the plan": {"retention.sql.disposal:Batches._judge_anew": _judge_nothing},
    "roots are not locked before judging": {"retention.sql.disposal:Batches._lock_roots": nothing},
    "epochs are not compared": {"retention.runtime.batches:refuse_behind": _epoch_of_the_control_store},
    "a hold is said to be in a dataset that it is not in": {"retention.runtime.hold_copies:bring_to": _bring_nothing},
    "the journal is written after the commit": {"retention.runtime.batches:BatchLoop._journal": _commit_and_journal},
    "members go in a transaction of their own": {"retention.sql.disposal:Batches._delete": _delete_in_two},
    "marks are not written": {"retention.sql.disposal:write_marks": nothing_of_it},
    "facts are not kept": {"retention.sql.disposal:Batches._keep_facts": lambda *_: {}},
    "a resumed run begins anew": {"retention.runtime.batches:BatchLoop._last": _from_the_beginning},
    "a lost lease is ignored": {"retention.runtime.leases:Lease.renew": nothing},
    "the stop switch is not looked at": {
        "retention.runtime.batches:refuse_when_stopped": nothing,
        "retention.runtime.batches:refuse_behind_stop": nothing,
    },
    "the ledger does not take the journal": {"retention.runtime.ledger:follow": nothing_of_it},
    "an edit does not wait": {"retention.runtime.rule_changes:Changes.awaited": _heard_without(new=False)},
    "a new rule does not wait": {"retention.runtime.rule_changes:Changes.awaited": _heard_without(new=True)},
}


@contextmanager
def injected(fault: str) -> Iterator[None]:
    """This process has the fault of this name; none for an empty one."""
    with ExitStack() as stack:
        for place, instead in FAULTS[fault].items():
            owner, attribute = owner_of(place)
            stack.enter_context(patch.object(owner, attribute, instead))
        yield
