"""A file of events: a heading, then one subject and its last event a line. Read whole, or not at all."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.fact import TimeKind
from retention.model.hold import LONGEST_KEY

HEADING = ("key", "at")
OPEN, UNKNOWN = "open", "unknown"  # in the place of a time
_MOST_TOLD = 20  # bad lines that a message names
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """``at``: a day, an aware instant in UTC, or one of the words OPEN and UNKNOWN."""

    key: str
    at: date | str


@dataclass
class _Bad:
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, why: str, number: int) -> None:
        self.lines.setdefault(why, []).append(number)


def read_fact_file(path: Path, time: TimeKind) -> Iterator[Line]:
    """Comma-separated, UTF-8, with the heading ``key,at``. ``at``: 2026-07-01, or for instants 2026-07-01T09:30:00Z (a
    zone must stand there), or the words open and unknown.

    Raises RetentionError R476 once all has been read, with the numbers of the lines that cannot be used, never with
    what stands in them; R477 for a file that cannot be read at all.
    """
    bad = _Bad()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            if tuple(part.strip() for part in next(rows, [])) != HEADING:
                raise _unusable(path, f"its first line is not {','.join(HEADING)}")
            for parts in rows:
                line = _line(parts, time)
                if isinstance(line, Line):
                    yield line
                elif line:
                    bad.add(line, rows.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unusable(path, f"it cannot be read: {type(error).__name__}") from None
    if bad.lines:
        raise RetentionError(*(_problem(path, why, numbers) for why, numbers in bad.lines.items()))


def _line(parts: list[str], time: TimeKind) -> Line | str:
    """What it says, or why it cannot be used; empty for a blank line."""
    if not any(part.strip() for part in parts):
        return ""
    if len(parts) != len(HEADING):
        return "it has not two parts"
    key, at = (part.strip() for part in parts)
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        return "its key is missing, too long, or has signs that cannot be seen"
    if at in (OPEN, UNKNOWN):
        return Line(key, at)
    when = _day(at) if time is TimeKind.DAY else _instant(at)
    if when is not None:
        return Line(key, when)
    return "its time is no day" if time is TimeKind.DAY else "its time is no instant with a zone"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
        return None if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _problem(path: Path, why: str, numbers: list[int]) -> Problem:
    told = ", ".join(str(number) for number in numbers[:_MOST_TOLD])
    more = f" and {len(numbers) - _MOST_TOLD:,} more" if len(numbers) > _MOST_TOLD else ""
    one = "line" if len(numbers) == 1 else "lines"
    remedy = "write key,at with 2026-07-01, or 2026-07-01T09:30:00Z for instants, open or unknown; nothing was taken"
    return Problem(code="R476", what=f"{why}: {one} {told}{more}", where=path.name, remedy=remedy)


def _unusable(path: Path, what: str) -> RetentionError:
    return refuse("R477", what, where=path.name, remedy=f"begin with the line {','.join(HEADING)}, as UTF-8 text")
