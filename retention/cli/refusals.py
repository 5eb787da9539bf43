"""What people are told when a verb fails: one screen, a code, and nothing that may hold a person's value."""

from __future__ import annotations

import os
import traceback

from retention.model.errors import ExitCode, Problem, RetentionError

TRACEBACK = "RETENTION_TRACEBACK"
_DRIVERS = frozenset({"sqlalchemy", "sqlite3", "psycopg", "psycopg2", "pymysql"})


def told(error: Exception) -> tuple[tuple[Problem, ...], int]:
    """The problems and the exit code. A driver's error, or one of this program, loses its text: it may quote a row."""
    if isinstance(error, RetentionError):
        return error.problems, error.exit_code
    if os.environ.get(TRACEBACK):
        raise error
    problem = _of_a_driver(error) if _comes_from_a_driver(error) else _of_this_program(error)
    return (problem,), ExitCode.FAILED


def _of_a_driver(error: Exception) -> Problem:
    return Problem(
        code="R399",
        what=f"the database answered with {type(error).__name__}, whose text is withheld because it may quote a row",
        where="database",
        remedy="look into the database server's own log at this time, then try again",
    )


def _of_this_program(error: Exception) -> Problem:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Problem(
        code="R398",
        what=f"this program failed with {type(error).__name__}; its text is withheld because it may quote a row",
        where=f"{last.filename}:{last.lineno}",
        remedy=f"report it with this place and the command; {TRACEBACK}=1 shows all of it, on your own screen only",
    )


def _comes_from_a_driver(error: BaseException | None) -> bool:
    """Whether a driver's error stands anywhere in the chain."""
    while error is not None:
        if type(error).__module__.partition(".")[0] in _DRIVERS:
            return True
        error = error.__cause__ or error.__context__
    return False
