"""What goes wrong when a control store is opened or written, in words with a remedy. Addresses keep their passwords."""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL, Engine, ExceptionContext, event

from retention.model.errors import Problem, RetentionError, TransientError
from retention.sql.dialects.mariadb_errors import FORBIDDEN, LOCK_TIMEOUTS, number_of

INIT = "`retention init`"
ADDRESSES = "sqlite:////path/to/control.db, postgresql+psycopg://user@host/name or mariadb://user@host/name"


def place(url: URL) -> str:
    """Where the store is, without user and password."""
    if url.get_backend_name() == "sqlite":
        return f"control store {url.database}"
    return f"control store {url.host or 'local socket'}/{url.database}"


def cannot_open(url: URL, why: str) -> RetentionError:
    return RetentionError(
        Problem(
            code="R350",
            what=f"the control store cannot be opened: {why}",
            where=place(url),
            remedy="see that $RETENTION_CONTROL_URL (or $RETENTION_HOME/control.db) names a database that is there: "
            f"{ADDRESSES}",
        )
    )


def not_initialised(url: URL) -> RetentionError:
    return RetentionError(
        Problem(code="R351", what="there is no control store here yet", where=place(url), remedy=f"{INIT} makes it")
    )


def newer(url: URL, found: str, known: str) -> RetentionError:
    return RetentionError(
        Problem(
            code="R352",
            what=f"the control store has form {found}, and this release knows forms up to {known}",
            where=place(url),
            remedy="upgrade the retention package to the release that last wrote to it",
        )
    )


def older(url: URL, found: str, known: str) -> RetentionError:
    return RetentionError(
        Problem(
            code="R354",
            what=f"the control store has form {found}, and this release needs form {known}",
            where=place(url),
            remedy=f"back it up, then {INIT}: it brings the store to the new form and keeps what is in it",
        )
    )


def busy(url: URL) -> TransientError:
    return TransientError(
        Problem(
            code="R355",
            what="somebody else has been writing to the control store for too long",
            where=place(url),
            remedy="try again; where it stays so, look for a process that hangs",
        )
    )


def tell(engine: Engine, url: URL) -> None:
    """Turn the driver's errors on this engine into refusals. No statement, value or password gets into them."""

    def refuse(context: ExceptionContext) -> None:
        refusal = _refusal(url, context)
        if refusal is not None:
            raise refusal from None

    event.listen(engine, "handle_error", refuse)


def _refusal(url: URL, context: ExceptionContext) -> RetentionError | None:
    error = context.original_exception
    kind = _sqlite_kind(error) or str(getattr(error, "sqlstate", None) or "")
    number = number_of(error)
    if kind in {"SQLITE_READONLY", "42501", "25006"} or number in FORBIDDEN:
        return RetentionError(
            Problem(
                code="R353",
                what="the control store cannot be written",
                where=place(url),
                remedy="give this account the right to write to it (SQLite: to the file and to its directory)",
            )
        )
    if kind in {"SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "40P01", "40001"} or number in LOCK_TIMEOUTS:
        return busy(url)
    if kind in {"SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR"}:
        return cannot_open(url, kind)
    if context.is_disconnect or context.connection is None:
        return TransientError(*cannot_open(url, "no connection").problems)
    return None


def _sqlite_kind(error: BaseException | None) -> str:
    """The primary result code by name: SQLITE_BUSY for SQLITE_BUSY_SNAPSHOT."""
    if not isinstance(error, sqlite3.Error):
        return ""
    name = getattr(error, "sqlite_errorname", "")
    return "_".join(name.split("_")[:2])
