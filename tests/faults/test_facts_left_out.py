"""The tests of facts from elsewhere can fail: with one part of the product left out, the one named beside it does."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import false, literal, select, true

from retention.sql.fact_import import SINCE_EVER
from tests.databases import test_facts_from_elsewhere as facts
from tests.databases.two_datasets import make_two
from tests.faults.faults import nothing_of_it
from tests.faults.parts import Part, is_missed_with


def _nobody(*_: object) -> Any:
    return select(literal("")).where(false())


FACT_PARTS: Mapping[str, Part] = {
    "facts from elsewhere are not read": Part(
        {"retention.sql.relationships:_told": nothing_of_it},
        facts.test_the_later_of_row_and_fact_counts_to_the_day,
    ),
    "stale facts are believed": Part(
        {"retention.sql.relationships:stale": lambda *_: false()},
        facts.test_what_is_stale_decides_nothing_any_more,
    ),
    "batches tell nothing of what they delete": Part(
        {"retention.sql.disposal:tellings": nothing_of_it},
        facts.test_what_was_disposed_of_before_anybody_asked_is_told,
    ),
    "another teller is believed at once": Part(
        {"retention.sql.fact_import:_believed_ms": lambda *_: SINCE_EVER},
        facts.test_what_other_rows_tell_is_believed_after_the_cool_down,
    ),
    "an event that had come is moved back": Part(
        {"retention.sql.fact_import:_not_come": lambda *_: true()},
        facts.test_an_event_that_had_come_is_never_moved_back,
    ),
    "facts expire while somebody is there whom they are about": Part(
        {"retention.sql.fact_expiry:_subjects": _nobody},
        facts.test_facts_go_when_their_time_is_over_and_nobody_is_left_whom_they_are_about,
    ),
}


@pytest.mark.parametrize("name", FACT_PARTS)
def test_a_part_that_is_left_out_is_missed(name: str, tmp_path: Path) -> None:
    part, number = FACT_PARTS[name], count()

    def new_database() -> str:
        path = tmp_path / f"database{next(number)}.db"
        sqlite3.connect(path).execute("PRAGMA user_version = 1").connection.close()
        return f"sqlite:///{path}"

    is_missed_with(part, {"two": make_two(new_database, tmp_path)})
