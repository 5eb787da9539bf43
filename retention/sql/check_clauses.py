"""What each CHECK demands, out of the statement that made a table of SQLite, which keeps it nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Texts, quoted names, comments, words and single characters, so that no parenthesis within a text is counted.
_PIECE = re.compile(
    r"""'(?:[^']|'')*'
    | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^]]*\]
    | (?P<blank>(?:\s|--[^\n]*|/\*.*?\*/)+) | \w+ | .""",
    re.DOTALL | re.VERBOSE,
)


def checks_in(statement: str) -> Iterator[str]:
    """Without the outer parentheses and comments, blanks outside of quotes being one."""
    pieces = [" " if piece["blank"] else piece.group() for piece in _PIECE.finditer(statement)]
    for place, piece in enumerate(pieces):
        if piece.upper() == "CHECK":
            yield "".join(_within_parentheses(pieces[place + 1 :])).strip()


def _within_parentheses(pieces: Iterable[str]) -> Iterator[str]:
    depth = 0
    for piece in pieces:
        depth -= piece == ")"
        if depth:
            yield piece
        elif piece == ")":
            return
        depth += piece == "("
