"""Facts that files tell: brought by hand, complete until an instant that whoever wrote the file knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.runtime.fact_import import import_file, import_rows
from retention.runtime.fact_list import kept_facts
from tests.databases.two_datasets import ORDERS, TwoDatasets, make_two
from tests.world import DATASETS

BY_FILE = """\
facts:
  last_order:
    title: Last order
    kind: customer
    file: day
    fresh_for: P3D
    expires: P5Y
"""
UNTIL = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture
def two(new_database: Callable[[], str], tmp_path: Path) -> Iterator[TwoDatasets]:
    two = make_two(new_database, tmp_path)
    two.write("datasets.yaml", DATASETS + ORDERS + BY_FILE)
    two.reopen()
    yield two
    two.deployment.close()


def file(two: TwoDatasets, *lines: str) -> Path:
    path = two.shop.folder / "events.csv"
    path.write_text("\n".join(["key,at", *lines, ""]), encoding="utf-8")
    return path


def test_a_file_adds_to_what_is_known(two: TwoDatasets) -> None:
    (first,) = import_file(two.deployment, "last_order", file(two, "4,2026-01-05", "8,open", "4,2019-01-01"), UNTIL)
    assert (first.subjects, first.written) == (2, 2)
    assert two.verdicts() == {"active": 3, "retained": 3, "undetermined no_relationship": 2}

    (second,) = import_file(two.deployment, "last_order", file(two, "3,2020-01-01"), UNTIL + timedelta(days=1))
    assert (second.written, second.lost) == (1, 0)
    assert two.facts() == {"4": (0, date(2026, 1, 5)), "8": (2, None), "3": (0, date(2020, 1, 1))}

    (kept,) = kept_facts(two.deployment)
    assert (kept.known, kept.open, kept.unknown, kept.source) == (2, 1, 0, "files")
    assert (kept.complete_until, kept.stale) == (datetime(2026, 7, 1, tzinfo=UTC), False)
    two.shop.clock.advance(days=3)
    assert kept_facts(two.deployment)[0].stale


def test_a_file_with_one_bad_line_changes_nothing(two: TwoDatasets) -> None:
    import_file(two.deployment, "last_order", file(two, "4,2026-01-05"), UNTIL)
    with pytest.raises(RetentionError, match=r"R476 events.csv: its time is no day: line 3"):
        import_file(two.deployment, "last_order", file(two, "8,2026-01-05", "8,soon"), UNTIL)
    assert two.facts() == {"4": (0, date(2026, 1, 5))}


def test_the_instant_of_a_file_neither_goes_back_nor_lies_in_the_future(two: TwoDatasets) -> None:
    events = file(two, "4,2026-01-05")
    import_file(two.deployment, "last_order", events, UNTIL)
    with pytest.raises(RetentionError, match=r"R474 .* is earlier than the time up to which it is complete in shop"):
        import_file(two.deployment, "last_order", events, UNTIL - timedelta(seconds=1))
    with pytest.raises(RetentionError, match=r"R474 .* lies in the future"):
        import_file(two.deployment, "last_order", events, two.shop.clock.now() + timedelta(seconds=1))
    import_file(two.deployment, "last_order", events, UNTIL)


def test_rows_and_files_are_not_mixed_up(two: TwoDatasets) -> None:
    with pytest.raises(RetentionError, match=r"R473 .*: the fact last_order is told by files"):
        import_rows(two.deployment, "last_order")
    with pytest.raises(RetentionError, match=r"R472 .* no fact 'last_oder'; valid are last_order"):
        import_rows(two.deployment, "last_oder")
    assert import_rows(two.deployment, None) == ()
