"""What a verb has to say: values for programs, and how to show them to people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retention.model.errors import ExitCode, Problem

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``data`` becomes JSON (see envelope). ``show`` prints the same for people. ``problems``: what failed although
    there is an answer; they are shown after it. ``kind``: of the JSON, where it is not the verb's alone."""

    data: object
    show: Callable[[Console], None]
    problems: tuple[Problem, ...] = ()
    exit_code: int = ExitCode.OK
    kind: str = ""
