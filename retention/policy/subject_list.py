"""A pasted list of subjects: one a line, with what people's editors and spreadsheets leave around them.

All of it is read or nothing: a line that cannot be a subject refuses the list, by its number and never by its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from io import TextIOWrapper
from typing import BinaryIO

from retention.model.errors import Problem, RetentionError, refuse
from retention.model.hold import LONGEST_KEY, SubjectKey

MOST_SUBJECTS = 100_000  # of one hold
MOST_LINES = 1_000_000  # blank ones, comments and repetitions included
LONGEST_LINE = 1_000  # characters
_QUOTES = ('"', "'")
_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")  # how its first bytes look where UTF-8 is expected


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectList:
    """``subjects`` in the order of their first mention; every line is one of them, blank, a comment or a repetition."""

    subjects: tuple[SubjectKey, ...]
    lines: int
    blank: int
    comments: int  # they begin with #
    repeated: int


class _Bad(Enum):
    """Why a line cannot be a subject: what is said of it, and what to do."""

    NOT_TEXT = "no UTF-8 text", "save the list as UTF-8 text"
    INVISIBLE = "a tab or a sign that cannot be seen", "keep one column, and take out what cannot be seen"
    QUOTED = "quotes around it", "take the quotes off: they would be taken for a part of the key"
    NO_KIND = "no kind before the key", "write kind:key, or name the kind of all with --kind"
    UNKNOWN_KIND = "a kind that is not known", "valid kinds are {kinds}"
    KIND_TWICE = "a kind, and --kind names one for all lines", "leave --kind out, or the kinds of the lines"
    NO_KEY = "no key", "write a key after the kind"
    TOO_LONG = f"more than {LONGEST_KEY} characters", "no key is as long: check whether it is the right list"

    @property
    def what(self) -> str:
        return self.value[0]

    @property
    def remedy(self) -> str:
        return self.value[1]


def read_subject_list(stream: BinaryIO, name: str, *, kinds: Iterable[str], kind: str | None = None) -> SubjectList:
    """Lines of ``kind:key``; of bare keys where ``kind`` is given. ``name`` is what messages call the list.

    Spaces around a line, kind and key, byte order marks and all kinds of line ends do not count. ``kinds`` are those
    that may stand there. Raises RetentionError R387 with every line that cannot be a subject, by number; R388 for more
    than 100,000 subjects or 1,000,000 lines; R389 for a list of nobody, or in another encoding.
    """
    reading = _Reading(name=name, kinds=frozenset(kinds), kind=kind)
    for line in _lines(stream):
        reading.take(line)
        if reading.lines == 1 and line.startswith(_UTF_16):
            raise _unusable(name, "the list is UTF-16 text", "save it as UTF-8 text")
        if reading.lines > MOST_LINES:
            raise _too_many(name, f"the list has more than {MOST_LINES:,} lines")
    return reading.result()


@dataclass(kw_only=True)
class _Reading:
    name: str
    kinds: frozenset[str]
    kind: str | None
    found: dict[SubjectKey, None] = field(default_factory=dict)  # keeps the order
    bad: dict[_Bad, list[list[int]]] = field(default_factory=dict)  # ranges of line numbers, both ends included
    lines: int = 0
    blank: int = 0
    comments: int = 0
    repeated: int = 0

    def take(self, line: str) -> None:
        self.lines += 1
        text = line.strip().strip("\ufeff").strip()
        if not text:
            self.blank += 1
        elif text.startswith("#"):
            self.comments += 1
        else:
            self._add(self._subject(text))

    def _add(self, subject: SubjectKey | _Bad) -> None:
        if isinstance(subject, _Bad):
            ranges = self.bad.setdefault(subject, [])
            if ranges and ranges[-1][1] == self.lines - 1:
                ranges[-1][1] = self.lines
            else:
                ranges.append([self.lines, self.lines])
        elif subject in self.found:
            self.repeated += 1
        elif len(self.found) <= MOST_SUBJECTS:  # one more tells that there are too many
            self.found[subject] = None

    def _subject(self, text: str) -> SubjectKey | _Bad:
        if len(text) > LONGEST_LINE:
            return _Bad.TOO_LONG
        if not text.isprintable():
            return _Bad.NOT_TEXT if any("\udc80" <= sign <= "\udcff" for sign in text) else _Bad.INVISIBLE
        before, colon, after = (part.strip() for part in text.partition(":"))
        if self.kind is None:
            return self._with_kind(before, after) if colon else _Bad.NO_KIND
        if colon and before in self.kinds:
            return _Bad.KIND_TWICE
        return _with_key(self.kind, text)

    def _with_kind(self, kind: str, key: str) -> SubjectKey | _Bad:
        if kind in self.kinds:
            return _with_key(kind, key)
        return _Bad.QUOTED if kind.startswith(_QUOTES) else _Bad.UNKNOWN_KIND

    def result(self) -> SubjectList:
        if self.bad:
            raise RetentionError(*(self._problem(why, ranges) for why, ranges in self.bad.items()))
        if len(self.found) > MOST_SUBJECTS:
            raise _too_many(self.name, f"the list names more than {MOST_SUBJECTS:,} subjects")
        if not self.found:
            raise _unusable(self.name, "the list names nobody", "write one subject a line, such as customer:4711")
        return SubjectList(
            subjects=tuple(self.found),
            lines=self.lines,
            blank=self.blank,
            comments=self.comments,
            repeated=self.repeated,
        )

    def _problem(self, why: _Bad, ranges: list[list[int]]) -> Problem:
        numbers = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)
        one = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
        return Problem(
            code="R387",
            what=f"{why.what} in {'line' if one else 'lines'} {numbers}",
            where=self.name,
            remedy=f"{why.remedy.format(kinds=', '.join(sorted(self.kinds)))}; nothing of the list was placed",
        )


def _with_key(kind: str, key: str) -> SubjectKey | _Bad:
    if not key:
        return _Bad.NO_KEY
    if len(key) > LONGEST_KEY:
        return _Bad.TOO_LONG
    if key.startswith(_QUOTES) and key.endswith(_QUOTES):
        return _Bad.QUOTED
    return SubjectKey(kind=kind, key=key)


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Without their ends. Of an endless line no more is kept than shows that it is too long."""
    text = TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline=None)
    try:
        while line := text.readline(LONGEST_LINE + 2):
            rest = line
            while not rest.endswith("\n") and (rest := text.readline(LONGEST_LINE)):
                pass
            yield line.removesuffix("\n")
    finally:
        text.detach()  # the stream is the caller's to close


def _too_many(name: str, what: str) -> RetentionError:
    remedy = "place several holds under one matter, each with a part of the list; nothing of it was placed"
    return refuse("R388", what, where=name, remedy=remedy)


def _unusable(name: str, what: str, remedy: str) -> RetentionError:
    return refuse("R389", what, where=name, remedy=remedy)
