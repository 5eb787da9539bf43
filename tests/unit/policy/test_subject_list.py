"""Pasted lists: what does not count, what is refused by its line, and that nothing is lost."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.model.errors import RetentionError
from retention.model.hold import SubjectKey
from retention.policy.subject_list import SubjectList, read_subject_list

KINDS = ("customer", "login")


def read(raw: bytes, kind: str | None = None) -> SubjectList:
    return read_subject_list(io.BytesIO(raw), "the list", kinds=KINDS, kind=kind)


def refused(raw: bytes, kind: str | None = None) -> list[tuple[str, str]]:
    """(code, what) of every problem."""
    with pytest.raises(RetentionError) as error:
        read(raw, kind)
    return [(problem.code, problem.what) for problem in error.value.problems]


def customers(*keys: str) -> tuple[SubjectKey, ...]:
    return tuple(SubjectKey(kind="customer", key=key) for key in keys)


def test_what_does_not_count_is_counted() -> None:
    raw = b"\xef\xbb\xbf# pasted\r\n\r\n  customer : 4711 \r\ncustomer:4711\r\n\tlogin:a b\r\rcustomer:9:1"
    assert read(raw) == SubjectList(
        subjects=(*customers("4711"), SubjectKey(kind="login", key="a b"), *customers("9:1")),
        lines=7,
        blank=2,
        comments=1,
        repeated=1,
    )


def test_bare_keys_are_of_the_one_kind_and_may_hold_colons() -> None:
    assert read(b"4711\n ab:cd \n", "customer").subjects == customers("4711", "ab:cd")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"4711", "no kind before the key"),
        (b"custmer:4711", "a kind that is not known"),
        (b"customer:", "no key"),
        (b":4711", "a kind that is not known"),
        (b'"customer:4711"', "quotes around it"),
        (b"customer:'4711'", "quotes around it"),
        (b"customer:4711\tAnna", "a tab or a sign that cannot be seen"),
        ("customer:47\u200b11".encode(), "a tab or a sign that cannot be seen"),
        ("customer:47\u00a011".encode(), "a tab or a sign that cannot be seen"),
        (b"customer:4711\x00", "a tab or a sign that cannot be seen"),
        (b"customer:M\xfcller", "no UTF-8 text"),
        (b"customer:" + b"9" * 256, "more than 255 characters"),
        (b"customer:" + b"9" * 5000, "more than 255 characters"),
    ],
)
def test_a_line_that_is_no_subject_is_named_by_its_number_alone(line: bytes, what: str) -> None:
    raw = b"customer:1\n" + line + b"\n# and\n" + line + b"\n" + line + b"\ncustomer:2\n"
    assert refused(raw) == [("R387", f"{what} in lines 2, 4-5")]
    assert refused(b"customer:1\n" + line) == [("R387", f"{what} in line 2")]


def test_the_longest_key_is_a_key() -> None:
    assert read(b"customer:" + b"9" * 255).subjects == customers("9" * 255)


def test_lines_with_kinds_beside_the_one_kind_are_refused() -> None:
    assert refused(b"4711\ncustomer:4712\n", "customer") == [
        ("R387", "a kind, and --kind names one for all lines in line 2")
    ]


def test_every_kind_of_bad_line_is_told() -> None:
    assert refused(b"1\ncustomer:\nx:1\n2\n") == [
        ("R387", "no kind before the key in lines 1, 4"),
        ("R387", "no key in line 2"),
        ("R387", "a kind that is not known in line 3"),
    ]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"# nobody\n"])
def test_a_list_of_nobody_is_refused(raw: bytes) -> None:
    assert refused(raw) == [("R389", "the list names nobody")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_another_encoding_is_refused(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert refused(mark + "customer:1\ncustomer:2\n".encode(encoding)) == [("R389", "the list is UTF-16 text")]


def test_a_hundred_thousand_are_read_and_one_more_is_refused() -> None:
    raw = b"".join(b"customer:%d\r\n" % number for number in range(100_000))
    read_all = read(raw + raw)
    assert (len(read_all.subjects), read_all.repeated, read_all.lines) == (100_000, 100_000, 200_000)
    assert refused(raw + b"customer:100000") == [("R388", "the list names more than 100,000 subjects")]


def test_a_line_without_end_takes_no_memory() -> None:
    class Endless(io.RawIOBase):
        left = 20_000_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            size = min(len(buffer), self.left)
            buffer[:size] = b"9" * size
            self.left -= size
            return size

    tracemalloc.start()
    try:
        with pytest.raises(RetentionError, match="more than 255 characters in line 1"):
            read_subject_list(io.BufferedReader(Endless()), "the list", kinds=KINDS)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


# -- any list ----------------------------------------------------------------------------------------------------------

SIGN = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="\"'#:")
KEY = st.text(SIGN, min_size=1, max_size=12)
SPACES = st.text(" \t\u00a0", max_size=3)
NOTHING = st.builds(lambda spaces, comment: spaces + comment, SPACES, st.sampled_from(["", "# a:b", "#"]))
ENDS = st.sampled_from([("\n", "\r\n"), ("\r",)])  # an old Mac's would join a new one's to one end


@given(data=st.data())
def test_nothing_is_lost_whatever_stands_around_it(data: st.DataObject) -> None:
    keys = data.draw(st.lists(KEY, min_size=1, max_size=20))
    end = st.sampled_from(data.draw(ENDS))
    text, rest = data.draw(st.sampled_from(["", "\ufeff"])), 0
    for key in keys:
        for _ in range(data.draw(st.integers(0, 2))):
            text += data.draw(NOTHING) + data.draw(end)
            rest += 1
        before, after, around = (data.draw(SPACES) for _ in range(3))
        text += f"{before}customer{around}:{around}{key}{after}".replace("\t", " ") + data.draw(end)
    found = read(text.replace("\u00a0", " ").encode())
    assert found.subjects == customers(*dict.fromkeys(keys))
    assert (found.lines, found.blank + found.comments) == (len(keys) + rest, rest)
    assert found.repeated == len(keys) - len(set(keys))


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_bytes_are_read_or_refused_and_never_repeated(lines: list[bytes]) -> None:
    raw = b"\n".join(b"x-marks-it:" + line for line in lines)
    with pytest.raises(RetentionError) as error:
        read(raw)
    assert "x-marks-it" not in str(error.value)
    assert set(_codes(error.value)) <= {"R387", "R389"}


def _codes(error: RetentionError) -> Iterator[str]:
    return (problem.code for problem in error.problems)
