"""The README's commands, run as they stand there.

A fenced block is run when its opening fence says so: ```console run. Lines that begin with "$ " are commands; what
follows a command must occur in its output, line by line and in order; "..." stands for anything. Blocks of one file run
one after the other in one fresh copy of the repository's files, so that later ones build on earlier ones.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^```console run[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line to type, what must be seen, and the line of the document."""

    typed: str
    seen: tuple[str, ...]
    line: int


def commands_of(text: str) -> Iterator[Command]:
    """Every command of the marked blocks, in order. A command that ends in a backslash goes on in the next line."""
    for block in FENCE.finditer(text):
        first = text[: block.start(1)].count("\n") + 1
        parts = re.split(r"^\$ ", re.sub(r"\\\n\s*(?:> )?", " ", block.group(1)), flags=re.MULTILINE)
        for part in parts[1:]:
            typed, *seen = part.rstrip("\n").split("\n")
            yield Command(typed=typed, seen=tuple(line for line in seen if line.strip() not in ("", "...")), line=first)


def test_the_blocks_are_read_as_documented() -> None:
    text = "x\n```console run\n$ one \\\n    two\nseen ...\n...\n$ three\n```\n```console\n$ not run\n```\n"
    assert [(command.typed, command.seen) for command in commands_of(text)] == [
        ("one  two", ("seen ...",)),
        ("three", ()),
    ]


def occurs(line: str, output: str, start: int) -> int:
    """Where the line ends in the output at or after ``start``; -1 when it does not occur."""
    pattern = r"\s+".join(re.escape(word) for word in line.split()).replace(re.escape("..."), ".*?")
    found = re.compile(pattern).search(output, start)
    return found.end() if found else -1


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_of_a_document_do_what_it_says(document: Path, tmp_path: Path) -> None:
    copy = _copy_of_the_repository(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "RETENTION"))}
    environment |= {"PATH": f"{copy / '.venv' / 'bin'}:{environment['PATH']}", "COLUMNS": "200", "TERM": "dumb"}
    for command in commands_of(document.read_text()):
        done = subprocess.run(
            ["bash", "-c", command.typed], cwd=copy, env=environment, capture_output=True, text=True, timeout=400
        )
        output = done.stdout + done.stderr
        where = f"{document.name}:{command.line}: {command.typed}"
        assert done.returncode == 0, f"{where} ended with {done.returncode}:\n{output[-3000:]}"
        at = 0
        for line in command.seen:
            at = occurs(line, output, at)
            assert at >= 0, f"{where} did not print {line!r}:\n{output[-3000:]}"


def _copy_of_the_repository(tmp_path: Path) -> Path:
    """Files without what runs left behind; the environment is lent, since making it is what `make setup` tests."""
    copy = tmp_path / "repository"
    left_out = shutil.ignore_patterns(".venv", ".git", ".demo", ".retention", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    return copy
