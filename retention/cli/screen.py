"""How answers look to people: tables readable at 100 columns, plain where the output is no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import IO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from retention.model.errors import Problem

PLAIN_WIDTH = 160  # names of tables and columns fit whole
LEAST = 12  # of a column whose text is broken between words
MOST_PROBLEMS = 20  # on a screen


def output() -> Console:
    return _console(sys.stdout)


def errors() -> Console:
    return _console(sys.stderr)


def _console(file: IO[str]) -> Console:
    """A width that somebody set counts; else a terminal's own, else 160."""
    known = file.isatty() or os.environ.get("COLUMNS")
    return Console(file=file, width=None if known else PLAIN_WIDTH, highlight=False, soft_wrap=False)


def table(
    console: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
) -> None:
    """Whole numbers stand on the right with thousands apart, and 0 as a dot; everything else is text.

    The columns ``whole`` hold names: where the output is no terminal they are not broken, and no column is lost, even
    if the lines become longer.
    """
    filled = [[_cell(value) for value in row] for row in rows]
    grid = Table(
        box=SIMPLE_HEAD if console.is_terminal else None,
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    needed = 0
    for position, name in enumerate(columns):
        numeric = bool(filled) and all(isinstance(row[position], Figure) for row in filled)
        widest = max((len(row[position]) for row in filled), default=0)
        kept = numeric or position == 0 or (name in whole and not console.is_terminal)
        needed += 2 + max(len(name), widest if kept else min(widest, LEAST))
        grid.add_column(
            escape(name),
            justify="right" if numeric else "left",
            min_width=widest if kept else None,
            vertical="top",
            overflow="fold",
        )
    for row in filled:
        grid.add_row(*row)
    if console.is_terminal:
        console.print(grid)
        return
    written = StringIO()
    Console(file=written, width=max(console.width, needed), highlight=False).print(grid)
    for text in written.getvalue().splitlines():
        line(console, text.rstrip())


class Figure(Text):
    """A number in a table."""


def _cell(value: object) -> Text:
    if isinstance(value, int) and not isinstance(value, bool):
        return Figure(f"{value:,}") if value else Figure("·", style="dim")
    return Text(str(value))


def line(console: Console, text: str = "", *, style: str = "") -> None:
    """One line, broken by the terminal alone: paths and commands can be copied."""
    console.print(Text(text, style=style), soft_wrap=True)


def problems(console: Console, found: Sequence[Problem]) -> None:
    """Each with its code, where, and what to do; the rest of a long list is counted."""
    for problem in found[:MOST_PROBLEMS]:
        head = Text(problem.code, style="bold red").append(f" {problem.where}: ", style="bold").append(problem.what)
        console.print(head, soft_wrap=True)
        console.print(Text(f"  what to do: {problem.remedy}"), soft_wrap=True)
    if len(found) > MOST_PROBLEMS:
        line(console, f"... and {len(found) - MOST_PROBLEMS} more; --json lists them all")
