"""`make conformance` as somebody runs it who adds a dialect: it accepts what is right, and finds what is broken."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conformance
from tests.capabilities import CAPABILITIES, table

ROOT = Path(__file__).resolve().parents[2]
FAST = "digests,secrets,keys,texts,references,clock,fence"


def run(tmp_path: Path, only: str, *arguments: str) -> tuple[int, dict[str, str], str]:
    """Exit code, what was said of each capability, and everything that was said."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "RETENTION_"))},
        "RETENTION_CONFORMANCE_URL": f"sqlite:///{tmp_path / 'any.db'}",
        "RETENTION_CONFORMANCE_ONLY": only,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "conformance", *arguments]
    done = subprocess.run(
        [*command, *(str(ROOT / "tests/databases" / f"test_{name}.py") for name in ("dialects", "fence"))],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    told = done.stdout.partition("conformance of sqlite")[2]
    said = re.findall(r"^(\S.*?) +(able|NOT ABLE|could not tell|not claimed) +[0-9]+ tests$", told, re.MULTILINE)
    return done.returncode, dict(said), done.stdout + done.stderr


def test_a_database_that_keeps_its_promises_is_accepted(tmp_path: Path) -> None:
    code, said, told = run(tmp_path, FAST)
    assert said == dict.fromkeys(FAST.split(","), "able"), told[-3000:]
    assert code == 0
    assert list(tmp_path.glob("conformance_*")) == [], "nothing is left behind"


def test_a_dialect_whose_fence_keeps_nobody_out_and_whose_clock_tells_seconds_is_not(tmp_path: Path) -> None:
    code, said, told = run(tmp_path, FAST, "-p", "tests.faults.broken_dialect")
    assert code == 1
    broken = {"fence": "NOT ABLE", "clock": "NOT ABLE"}
    assert said == {**dict.fromkeys(FAST.split(","), "able"), **broken}, told[-3000:]


def test_a_capability_that_nothing_examined_is_not_accepted(tmp_path: Path) -> None:
    code, said, _ = run(tmp_path, "keys,races")
    assert said == {"keys": "able", "races": "could not tell"}
    assert code == 1


def test_a_capability_that_does_not_exist_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match="no capability fences; there are: opening, "):
        conformance.wanted("fence,fences")
    assert [one.name for one in conformance.wanted("fence, clock")] == ["clock", "fence"]
    assert conformance.wanted("") == CAPABILITIES


# -- what is said of a capability --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        ({"passed": 3}, "able"),
        ({"passed": 3, "failed": 1}, "NOT ABLE"),
        ({"passed": 3, "error": 1}, "NOT ABLE"),
        ({"passed": 3, "skipped": 1}, "could not tell"),
        ({"excused": 2}, "not claimed"),
        ({"excused": 2, "passed": 1}, "able"),
        ({"excused": 2, "skipped": 1}, "could not tell"),
        ({}, "could not tell"),
    ],
)
def test_only_what_was_tested_whole_is_able(counted: dict[str, int], said: str) -> None:
    assert conformance.outcome(CAPABILITIES[0], counted, "sqlite:////any.db") == said


def test_a_control_store_is_asked_only_of_what_claims_to_keep_one() -> None:
    (optional,) = (one for one in CAPABILITIES if one.optional)
    assert conformance.outcome(optional, {}, "oracle://h/") == "not claimed"
    assert conformance.outcome(optional, {}, "mariadb://h/") == "could not tell"
    assert conformance.outcome(optional, {"failed": 1}, "postgresql://h/x") == "NOT ABLE"


# -- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_has_the_table_of_capabilities() -> None:
    assert table() in (ROOT / "docs/dialects.md").read_text(), "run `python -m tests.capabilities`"


def test_what_proves_a_capability_is_there() -> None:
    for capability in CAPABILITIES:
        for test in capability.proven_by:
            path, _, name = test.partition("::")
            assert (ROOT / path).exists(), test
            assert f"def {name}" in (ROOT / path).read_text() if name else True, test
