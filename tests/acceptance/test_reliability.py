"""docs/reliability.md says of each promise which test proves it, where, and with which fault that test failed."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.faults import test_parts_left_out
from tests.faults.faults import FAULTS
from tests.faults.test_checks_left_out import CHECK_PARTS
from tests.faults.test_facts_left_out import FACT_PARTS

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("promise", "shown by", "S", "P", "M", "fault")
PARTS = {**test_parts_left_out.PARTS, **CHECK_PARTS, **FACT_PARTS}
DATABASES = {"S": "sqlite", "P": "postgresql", "M": "mariadb"}
TEST = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")


@dataclass(frozen=True)
class Line:
    promise: str
    shown_by: str
    on: tuple[str, ...]
    fault: str

    @property
    def planned(self) -> bool:
        return self.shown_by.startswith("*planned*")


def lines() -> list[Line]:
    found = []
    for text in (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if text.startswith("| ") and tuple(cells) != NAMES:
            promise, shown_by, *marks, fault = cells
            on = tuple(kind for mark, kind in zip(marks, DATABASES.values(), strict=True) if mark)
            found.append(Line(promise=promise, shown_by=shown_by, on=on, fault=fault))
    return found


@cache
def collected() -> frozenset[str]:
    folders = [f"tests/{name}" for name in ("databases", "property", "model")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *folders]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120).stdout
    return frozenset(line.rsplit("/", 1)[-1] for line in said.splitlines() if "::" in line)


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.promise)
def test_a_promise_is_proven_where_it_says(line: Line) -> None:
    if line.planned:
        assert (line.on, line.fault) == ((), "")
        return
    named = TEST.findall(line.shown_by)
    assert named, "no test is named"
    runs: set[str] = set()
    for file, name in named:
        there = [test for test in collected() if test.startswith(f"{file}::{name}")]
        assert there, f"there is no {file}::{name}"
        runs |= {kind for kind in DATABASES.values() if any(f"[{kind}" in test or f"-{kind}" in test for test in there)}
    assert set(line.on) <= runs
    for fault in line.fault.split("; "):
        assert fault in {*FAULTS, *PARTS} - {""}
        if fault in PARTS:
            assert f"::{PARTS[fault].shown_by.__name__}`" in line.shown_by, "another test was seen to fail"


def test_every_fault_belongs_to_a_promise() -> None:
    told = {fault for line in lines() for fault in line.fault.split("; ")}
    assert {*FAULTS, *PARTS} - {""} - told == set()
