"""The protocol as data: the order of its steps, in the names of the functions that do them in the product.

``tests/databases/test_steps.py`` records the same names from a real placing and a real batch on each database, and
compares. A mutation of the protocol is another order, or one of its facts changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CATCH_UP = (
    "copy",
    "epoch_here",
    "epoch",
    "fence_exclusive",
    "wanted",
    "epoch_here again",
    "bring_to",
    "commit the placing",
    "record_copy",
    "settle",
)
BATCH = (
    "refuse_when_stopped",
    "pending",
    "fence_shared",
    "refuse_behind_stop",
    "renew",
    "batch's epoch",
    "batch's epoch_here",
    "lock_roots",
    "judge_anew",
    "record_originals",
    "keep_facts",
    "write members",
    "write root",
    "write_marks",
    "append",
    "commit the batch",
)
INVISIBLE = frozenset(  # inside a transaction, so that no other process can tell whether they were done
    {"bring_to", "epoch_here again", "record_originals", "keep_facts"}
    | {"write members", "write root", "write_marks", "append"}
)
ALONE = frozenset({"leased", "last_of", "renew", "release the lease", "save_step", "follow", "save_sealed"})
NO_STOP = frozenset({"refuse_when_stopped", "refuse_behind_stop"})


def unseen(processes: Sequence[str], datasets: int) -> frozenset[str]:
    """The steps that neither depend on another one of these processes nor are seen by one."""
    alone = sum(name.startswith("worker") for name in processes) <= datasets
    person = any(name.startswith("person") for name in processes)
    stopper = any(name.startswith("stopper") for name in processes)
    return frozenset(
        INVISIBLE
        | (ALONE if alone else frozenset())
        | (frozenset({"lock_roots"}) if alone and not person else frozenset())
        | (frozenset() if stopper else NO_STOP)
    )


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """``epochs_rise_with_time``: not counted, so that a restored control store never gives a number again that a
    dataset has had from it. ``placer``: what a placer does instead, where it does not do the usual."""

    catch_up: tuple[str, ...] = CATCH_UP
    batch: tuple[str, ...] = BATCH
    placer: tuple[str, ...] = ()
    epochs_rise_with_time: bool = True

    def program(self, name: str) -> tuple[str, ...]:
        match name.split()[0]:
            case "worker":
                return (
                    *self.catch_up,
                    "leased",
                    "last_of",
                    *self.batch,
                    "release the lease",
                    "save_step",
                    "follow",
                    "save_sealed",
                    END,
                )
            case "placer":
                return (*(self.placer or ("add", *self.catch_up, "settle all")), END)
            case "releaser":
                return ("request_release", "confirm_release", *self.catch_up, "settle all", END)
            case "stopper":
                return ("stop", "fence_exclusive", "put_stop", "commit the stop", END)
            case "person":
                return ("insert", "commit the person", END)
        raise ValueError(name)


END = "end"
