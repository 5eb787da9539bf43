"""MariaDB's errors: what they mean to us, and what of them may be shown."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

# Lock wait timeout, deadlock, a savepoint that the deadlock took along, NOWAIT, snapshot isolation.
LOCK_TIMEOUTS = {1205, 1213, 1305, 3572, 1020}
# No rights (to a database, a table, a column, an operation), read-only server or transaction, no grants at all.
FORBIDDEN = {1044, 1142, 1143, 1227, 1290, 1792, 1836, 1141, 1370}
NO_SUCH_TABLE = {1146, 1049}
# Classes of SQLSTATE that are about no row: connections, features, handlers, cursors, transactions, rights, wrong
# statements, interventions, and HY, the state of all that has none, full disks and lock time-outs among it.
_OF_NO_ROW = ("08", "0A", "0K", "0Z", "20", "21", "24", "25", "28", "2F", "34", "3D", "40", "42", "70", "HY", "XA")
# Errors whose words name tables, columns and constraints alone. All others may quote what stands in a row.
_WITHOUT_VALUES = {*LOCK_TIMEOUTS, *FORBIDDEN, *NO_SUCH_TABLE, 1048, 1054, 1071, 1242, 1264, 1364, 1406, 1451, 1452}
_CLIENTS = range(2000, 3000)  # errors of the driver, which never saw a row
_BY_NUMBER = {
    1040: "the server has no connection left",
    1044: "the server knows no such database or user",
    1045: "the server refused the user or the password",
    1049: "the server knows no such database or user",
    1129: "the server does not let this machine in after too many failures",
    1130: "the server does not let this user in from here",
    1698: "the server refused the user or the password",
    3159: "the server asks for TLS",
}
_BY_WORDS = {
    "connection refused": "nothing listens at this host and port",
    "no such file": "there is no server at this socket",
    "timed out": "the server did not answer in time",
    "name or service not known": "the host's name is not known",
    "resolution": "the host's name is not known",
    "ssl": "the server and this machine do not agree on TLS",
}


def number_of(error: BaseException) -> int | None:
    """The server's or the client's error number; None for what is no error of either."""
    original: Any = error.orig if isinstance(error, DBAPIError) else error
    if not type(original).__module__.startswith("pymysql") or not original.args:
        return None
    number = original.args[0]
    return number if isinstance(number, int) else None


def refuses_a_row(error: DBAPIError) -> bool:
    """A trigger may signal any state that it makes up: what is known to be about something else is left out. A value
    that a column must have and does not get has no state of its own; the driver calls it one of the data."""
    state = getattr(error.orig, "sqlstate", None)
    if state is None or error.connection_invalidated:
        return False
    return isinstance(error, IntegrityError | DataError) or not state.startswith(_OF_NO_ROW)


def why_unreachable(error: BaseException) -> str:
    """In words, without address, user or any other part of the error's text."""
    number = number_of(error)
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    words = str(getattr(error, "orig", error)).lower()
    return next((reason for part, reason in _BY_WORDS.items() if part in words), "the server does not answer")


def without_values(context: ExceptionContext) -> None:
    """``Duplicate entry '...' for key``: nothing of a row may reach a log by way of an exception. PyMySQL puts values
    into the statement's text, so that a syntax error would quote them, too."""
    original: Any = context.original_exception
    number = number_of(original)
    if number is None or number in _WITHOUT_VALUES or number in _CLIENTS:
        return
    words = f"{type(original).__name__} (MariaDB {number}); the server's words are left out, they may quote values"
    original.args = (number, words)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (words,)
