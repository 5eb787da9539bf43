"""PostgreSQL's errors: what they mean to us, and what of them may be shown."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

LOCK_TIMEOUTS = {"55P03", "40P01", "40001"}  # lock not available, deadlock, could not serialize
FORBIDDEN = {"42501", "25006", "28000"}  # insufficient privilege, read-only transaction, not authorized
# Classes of errors that are about no row: connections, features, states of a transaction, rights, names, conflicts of
# transactions, wrong statements, resources, locks, interventions, the system itself.
OF_NO_ROW = ("08", "0A", "25", "28", "2D", "3B", "3D", "3F", "40", "42", "53", "55", "57", "58", "F0", "XX")
_WITH_VALUES = ("22", "23", "44", "P0", "XX")  # classes of errors whose words quote what stands in a row
_UNREACHABLE = {
    "password authentication failed": "the server refused the user or the password",
    "no password supplied": "the server asks for a password, and the address has none",
    "no pg_hba.conf entry": "the server does not let this user in from here",
    "does not exist": "the server knows no such database or user",
    "connection refused": "nothing listens at this host and port",
    "timeout": "the server did not answer in time",
    "resolve host": "the host's name is not known",
    "name or service not known": "the host's name is not known",
    "no such file": "there is no server at this socket",
    "too many": "the server has no connection left",
    "starting up": "the server is starting",
    "shutting down": "the server is shutting down",
    "ssl": "the server and this machine do not agree on TLS",
}


def state_of(error: BaseException) -> str | None:
    """The SQLSTATE; None for what is no error of the server."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state: str | None = getattr(original, "sqlstate", None)
    return state


def why_unreachable(error: BaseException) -> str:
    """psycopg gives no code where the connection fails, only words, with address and user among them."""
    words = str(getattr(error, "orig", error)).lower()
    return next((reason for part, reason in _UNREACHABLE.items() if part in words), "the server does not answer")


def without_values(context: ExceptionContext) -> None:
    """``Key (email)=(...) already exists``: nothing of a row may reach a log by way of an exception."""
    original: Any = context.original_exception
    state = state_of(original)
    if state is None or not state.startswith(_WITH_VALUES):
        return
    words = f"{type(original).__name__} (SQLSTATE {state}); the server's words are left out, they may quote values"
    original.args = (words,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (words,)
