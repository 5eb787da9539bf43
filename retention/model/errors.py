"""Every refusal of the system: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Persistence(StrEnum):
    """Whether trying again can help."""

    TERMINAL = "terminal"
    TRANSIENT = "transient"


class ExitCode:
    """Exit codes of the command line."""

    OK = 0
    FAILED = 1  # ran, and something failed or could not be told
    REFUSED = 2  # bad input or unsafe: nothing was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong. ``where`` is ``file:line``, a table, a column or a run, never a person's value.
    ``column`` of the line, from 1; 0: where is no place in a file."""

    code: str
    what: str
    where: str
    remedy: str
    column: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.what}\n  what to do: {self.remedy}"


class RetentionError(Exception):
    """A refusal with one or more problems. Nothing was written by the call that raises it."""

    persistence = Persistence.TERMINAL
    exit_code = ExitCode.REFUSED

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class TransientError(RetentionError):
    """A refusal that may go away by itself: a lock, a lost connection, a lease that another run holds."""

    persistence = Persistence.TRANSIENT
    exit_code = ExitCode.FAILED


class RunFailed(RetentionError):
    """A run did part of its work and cannot vouch for the rest."""

    exit_code = ExitCode.FAILED


def refuse(code: str, what: str, *, where: str, remedy: str) -> RetentionError:
    """Build a refusal of one problem, to be raised by the caller."""
    return RetentionError(Problem(code=code, what=what, where=where, remedy=remedy))
