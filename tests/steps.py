"""The named steps of the protocol in the product: where each is, so that a test can listen to it or die there.

The names are those of tests/model/programs.py, and a few more. What the product does by a statement alone (the rows of
members and of the root, the commits) is recognised by the statement.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

Told = Callable[[str], None]

_DIALECTS = tuple(
    f"retention.sql.dialects.{one}" for one in ("sqlite:SQLite", "postgresql:PostgreSQL", "mariadb:MariaDB")
)
_HOLDS = "retention.sql.control.holds:Holds"
_RUNS = "retention.sql.control.runs:Runs"
PLACES: dict[str, tuple[str, ...]] = {
    # of a run
    "prepare": (f"{_RUNS}.prepare",),
    "freeze the plan": ("retention.runtime.plan_run:_frozen",),
    "save_plan": (f"{_RUNS}.save_plan",),
    "record_seen": ("retention.sql.control.rules_seen:RulesSeen.record_seen",),
    "leased": ("retention.runtime.dispose:leased",),
    "last_of": ("retention.runtime.batches:BatchLoop._last",),
    "release the lease": ("retention.sql.lease:release",),
    "save_step": (f"{_RUNS}.save_step",),
    "verify": ("retention.runtime.run:verify_run",),
    "save_verification": (f"{_RUNS}.save_verification",),
    "seal": ("retention.runtime.run:seal",),
    "follow": ("retention.runtime.ledger:follow",),
    "save_followed": ("retention.runtime.ledger:save_followed",),
    "sign_head": ("retention.runtime.ledger:sign_head",),
    "write_report": ("retention.runtime.seal:write_report",),
    "forget the originals": ("retention.runtime.seal:forget_what_is_over",),
    "save_sealed": (f"{_RUNS}.save_sealed",),
    # of a batch
    "refuse_when_stopped": ("retention.runtime.batches:refuse_when_stopped",),
    "pending": (f"{_HOLDS}.pending",),
    "fence_shared": tuple(f"{one}.fence_shared" for one in _DIALECTS),
    "refuse_behind_stop": ("retention.runtime.batches:refuse_behind_stop",),
    "renew": ("retention.runtime.leases:Lease.renew",),
    "lock_roots": ("retention.sql.disposal:Batches._lock_roots",),
    "judge_anew": ("retention.sql.disposal:Batches._judge_anew",),
    "record_originals": ("retention.sql.disposal:Batches._record_originals",),
    "keep_facts": ("retention.sql.disposal:Batches._keep_facts",),
    "write_marks": ("retention.sql.disposal:write_marks",),
    "append": ("retention.sql.journal:append",),
    # of placing and releasing
    "add": (f"{_HOLDS}.add",),
    "request_release": ("retention.sql.control.releases:Releases.request",),
    "confirm_release": ("retention.sql.control.releases:Releases.confirm",),
    "copy": (f"{_HOLDS}.copy",),
    "epoch": (f"{_HOLDS}.epoch",),
    "epoch_here": ("retention.runtime.hold_copies:epoch_here", "retention.runtime.hold_epochs:epoch_here"),
    "fence_exclusive": tuple(f"{one}.fence_exclusive" for one in _DIALECTS),
    "wanted": (f"{_HOLDS}.wanted",),
    "bring_to": ("retention.runtime.hold_copies:bring_to",),
    "record_copy": (f"{_HOLDS}.record_copy",),
    "settle": (f"{_HOLDS}.settle",),
    # of the stop switch
    "stop": ("retention.sql.control.stops:Stops.stop",),
    "put_stop": ("retention.runtime.stop:put_stop",),
    # after any commit behind the fence
    "committed": tuple(f"{one}.release_fence" for one in _DIALECTS),
}
COMMITS = {"fence_shared": "commit the batch", "fence_exclusive": "commit the placing"}
WRITES = {  # of the rules of tests/world.py
    "invoice_lines": "write members",
    "invoices": "write root",
    "visits": "write root",
    "customers": "write root",
}
_WRITING = re.compile(r"(?:DELETE FROM|UPDATE)\s+[`\"]?(?:\w+[`\"]?\.[`\"]?)?(\w+)")


class _Ears:
    """Tells of each step; knows whose transaction is behind the fence."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.behind: Connection | None = None
        self.commit = ""

    def step(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name in COMMITS:
            self.behind, self.commit = arguments[1], COMMITS[name]
        if name != "committed":
            self.told(name)
        elif self.behind is not None:
            self.behind = None
            self.told(name)

    def commits(self, connection: Connection) -> None:
        if connection is self.behind:
            self.told(self.commit)

    def executes(self, connection: Connection, cursor: object, statement: str, *rest: object) -> None:
        found = _WRITING.match(statement)
        if found and found[1] in WRITES:
            self.told(WRITES[found[1]])


@contextmanager
def watched(told: Told) -> Iterator[None]:
    """``told`` hears the name of each step right before it is done, in this process."""
    ears = _Ears(told)
    with ExitStack() as stack:
        for name, places in PLACES.items():
            for place in places:
                owner, attribute = owner_of(place)
                stack.enter_context(patch.object(owner, attribute, _heard(ears, name, getattr(owner, attribute))))
        for identifier, listener in (("commit", ears.commits), ("before_cursor_execute", ears.executes)):
            event.listen(Engine, identifier, listener)
            stack.callback(event.remove, Engine, identifier, listener)
        yield


def owner_of(place: str) -> tuple[Any, str]:
    """("module:Class.name") -> the class or module, and the name in it."""
    module, _, path = place.partition(":")
    *classes, attribute = path.split(".")
    owner: Any = importlib.import_module(module)
    for name in classes:
        owner = getattr(owner, name)
    return owner, attribute


def _heard(ears: _Ears, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        ears.step(name, arguments)
        return function(*arguments, **named)

    return wrapper
