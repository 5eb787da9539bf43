"""A database's own error, told without its text, which may quote the values of a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import Problem, TransientError


@contextmanager
def text_withheld(where: str) -> Iterator[None]:
    """Raises TransientError R399 for what a driver raises inside: what came before it is committed or undone."""
    failed = ""
    try:
        yield
    except SQLAlchemyError as error:
        failed = type(error).__name__
    if failed:  # raised out here, so that the original error is not chained to it and printed with it
        raise TransientError(
            Problem(
                code="R399",
                what=f"the database answered with {failed}, whose text is withheld because it may quote a row",
                where=where,
                remedy="look into the database server's own log at this time, mend what it names, then go on with the "
                "run: what it had committed stays done",
            )
        ) from None
