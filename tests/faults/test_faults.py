"""The tests of the protocol can fail: with each of these faults the one that is named beside it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.databases import promises
from tests.databases.racing import Races
from tests.databases.test_cool_downs import LONG, MONTH, VISITS, Edited
from tests.databases.test_races import a_person_returns
from tests.faults.faults import FAULTS, injected
from tests.world import make_world

Shown = Callable[[str, Path, str], None]  # database, folder, fault


def races(url: str, folder: Path, fault: str) -> None:
    Races(url, folder, 1, 20, fault).run()


def dies_at(*at: str) -> Shown:
    return lambda url, folder, fault: promises.a_worker_dies(url, folder, at, fault)


def a_placer_dies(url: str, folder: Path, fault: str) -> None:
    world = make_world(url, folder, customers=4, rules=("visits",))
    world.execute("DELETE FROM visits")
    promises.a_placer_dies(world, 0, ("copy",), fault)


def waits(before: str) -> Shown:
    """``before``: what the rule said for two months; empty where there was none."""

    def shown(url: str, folder: Path, fault: str) -> None:
        one = Edited(make_world(url, folder, rules=["visits"]))
        one.write("settings.yaml", MONTH)
        if before:
            one.says(before)
            one.later(days=60)
            one.says(VISITS)
        with injected(fault):
            one.run()
        assert one.visits == 80, "what should wait is gone"

    return shown


FOUND = {  # fault -> (by what, on which database, what is said of it)
    "batches do not take the fence": (promises.a_hold_meets_a_batch, "postgresql", "touched"),
    "batches believe the plan": (races, "sqlite", "touched|receipt"),
    "roots are not locked before judging": (a_person_returns, "postgresql", "came back"),
    "epochs are not compared": (promises.a_dataset_is_restored, "sqlite", "without the holds"),
    "a hold is said to be in a dataset that it is not in": (a_placer_dies, "sqlite", "is gone"),
    "the journal is written after the commit": (dies_at("append"), "sqlite", "journal"),
    "members go in a transaction of their own": (dies_at("write root"), "sqlite", "half gone"),
    "marks are not written": (dies_at("write_marks", "committed"), "sqlite", "marks"),
    "facts are not kept": (dies_at("save_step"), "sqlite", "facts"),
    "a resumed run begins anew": (dies_at("append", "committed"), "sqlite", "came twice"),
    "a lost lease is ignored": (promises.a_worker_pauses, "sqlite", "came twice"),
    "the stop switch is not looked at": (promises.a_run_is_stopped, "sqlite", "after the stop"),
    "the ledger does not take the journal": (dies_at("save_sealed"), "sqlite", "ledger"),
    "an edit does not wait": (waits(LONG), "sqlite", "is gone"),
    "a new rule does not wait": (waits(""), "sqlite", "is gone"),
}


def test_every_fault_is_looked_for() -> None:
    assert {"", *FOUND} == set(FAULTS)


@pytest.mark.parametrize(("fault", "shown", "kind", "said"), [(name, *how) for name, how in FOUND.items()], ids=FOUND)
def test_a_fault_is_found(
    request: pytest.FixtureRequest, tmp_path: Path, fault: str, shown: Shown, kind: str, said: str
) -> None:
    with pytest.raises(AssertionError, match=said):
        shown(request.getfixturevalue(f"{kind}_database"), tmp_path, fault)
