"""A database's own error, told without its text, which may quote the values of a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, TransientError


@contextmanager
def text_withheld(where: str) -> Iterator[None]:
    """Raises TransientError R399 for what a driver raises inside: what came before it is committed or undone."""
    failed: Problem | None = None
    try:
        yield
    except SQLAlchemyError as error:
        failed = withheld(error, where, "go on with the run: what it had committed stays done")
    if failed is not None:  # raised out here, so that the original error is not chained to it and printed with it
        raise TransientError(failed) from None


def withheld(error: SQLAlchemyError, where: str, then: str) -> Problem:
    """R399: the kind of the error, and what to do once its cause is mended."""
    return Problem(
        code="R399",
        what=f"the database answered with {type(error).__name__}, whose text is withheld because it may quote a row",
        where=where,
        remedy=f"look into the database server's own log at this time, mend what it names, then {then}",
    )
