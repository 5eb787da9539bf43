"""What each code means, in the words of docs/reference/errors.md, which the wheel carries along."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__)
_PAGES = (_HERE.with_name("errors.md"), _HERE.parents[2] / "docs" / "reference" / "errors.md")
_LINE = re.compile(r"^\| (R\d{3}) \| (.+) \|$", re.MULTILINE)


@cache
def meanings() -> Mapping[str, str]:
    """Code to one line, without Markdown; empty where the page was left behind."""
    page = next((page for page in _PAGES if page.is_file()), None)
    found = _LINE.findall(page.read_text(encoding="utf-8")) if page else []
    return {code: _plain(text) for code, text in found}


def _plain(text: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", r"\1", text).replace(r"\|", "|")
