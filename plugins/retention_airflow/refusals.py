"""What Airflow is told when the engine refuses: whether to try again, and nothing that may hold a person's value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from retention.model.errors import Persistence, RetentionError

Result = TypeVar("Result")


def in_airflow_terms(work: Callable[[], Result]) -> Result:
    """Call ``work``. A terminal refusal becomes AirflowFailException (no retry), a transient one AirflowException
    (retry), each with the whole message. A database's own error loses its text, which quotes the values of rows.
    """
    failure: Exception
    try:
        return work()
    except (AirflowException, AirflowFailException):
        raise
    except RetentionError as error:
        terminal = error.persistence is Persistence.TERMINAL
        failure = AirflowFailException(str(error)) if terminal else AirflowException(str(error))
    except Exception as error:
        if not _may_quote_values(error):
            raise
        failure = AirflowException(
            f"R399 the database answered with {type(error).__name__}, whose text is withheld because it may quote a row"
            "\n  what to do: look into the database server's own log at this time; the task is tried again by itself"
        )
    # Raised out here, so that the original error is not chained to it and printed with it.
    raise failure


def _may_quote_values(error: BaseException | None) -> bool:
    """Whether a driver's error stands anywhere in the chain that a log would print."""
    while error is not None:
        if type(error).__module__.partition(".")[0] in {"sqlalchemy", "sqlite3", "psycopg", "psycopg2", "pymysql"}:
            return True
        error = error.__cause__ or error.__context__
    return False
