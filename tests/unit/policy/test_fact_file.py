"""A file of events is taken whole or not at all, and no message says what stands in it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.model.errors import RetentionError
from retention.model.fact import TimeKind
from retention.policy.fact_file import Line, read_fact_file

NO_KEY = "its key is missing, too long, or has signs that cannot be seen"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "events.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_days_and_the_words_for_what_is_no_day(tmp_path: Path) -> None:
    path = written(tmp_path, 'key,at\r\n4711,2026-05-31\r\n\r\n"a, b",open\r\n 12 , unknown \r\n')
    assert list(read_fact_file(path, TimeKind.DAY)) == [
        Line("4711", date(2026, 5, 31)),
        Line("a, b", "open"),
        Line("12", "unknown"),
    ]


def test_instants_in_any_zone(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbfkey,at\n1,2026-05-31T23:30:00Z\n2,2026-06-01T01:30:00+02:00\n")
    same = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    assert [line.at for line in read_fact_file(path, TimeKind.INSTANT)] == [same, same]


@pytest.mark.parametrize(
    ("content", "time", "expected"),
    [
        ("key,at\n1,31.05.2026\n2,2026-02-30\n", TimeKind.DAY, "R476 its time is no day: lines 2, 3"),
        ("key,at\n1,2026-05-31T10:00:00\n", TimeKind.INSTANT, "R476 its time is no instant with a zone: line 2"),
        ("key,at\n1,2026-05-31\n", TimeKind.INSTANT, "R476 its time is no instant with a zone: line 2"),
        ("key,at\n1,2026-05-31T10:00:00Z\n", TimeKind.DAY, "R476 its time is no day: line 2"),
        ("key,at\n1\n", TimeKind.DAY, "R476 it has not two parts: line 2"),
        ("key,at\n,2026-05-31\n", TimeKind.DAY, f"R476 {NO_KEY}: line 2"),
        ("person,date\n1,2026-05-31\n", TimeKind.DAY, "R477 its first line is not key,at"),
        ("", TimeKind.DAY, "R477 its first line is not key,at"),
        (b"key,at\n\xff,2026-05-31\n", TimeKind.DAY, "R477 it cannot be read: UnicodeDecodeError"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_by_line(
    tmp_path: Path, content: str | bytes, time: TimeKind, expected: str
) -> None:
    with pytest.raises(RetentionError) as refused:
        list(read_fact_file(written(tmp_path, content), time))
    (problem,) = refused.value.problems
    assert f"{problem.code} {problem.what}" == expected
    assert problem.where == "events.csv"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RetentionError, match=r"R477 .*FileNotFoundError"):
        list(read_fact_file(tmp_path / "nowhere.csv", TimeKind.DAY))
