"""Addresses and the key, from Airflow's connections, else from the environment as on the command line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from retention.model.errors import Problem, TransientError, refuse

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from retention.model.dataset import Dataset

KEY_CONNECTION = "retention_pseudonym_key"  # its password is the key, as `retention key new` prints it

_POSTGRESQL, _MARIADB = "postgresql+psycopg", "mariadb+pymysql"
_DRIVERS = {  # Airflow's type of a connection, and SQLAlchemy's name
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
    "sqlite": "sqlite",
}
_KNOWN = {  # what the driver knows of a connection's extras; others are for other programs
    _POSTGRESQL: frozenset(
        {
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "application_name",
            "connect_timeout",
            "options",
            "target_session_attrs",
        }
    ),
    _MARIADB: frozenset(
        {"ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_cipher", "ssl_check_hostname"}
        | {"connect_timeout", "unix_socket"}
    ),
}


class AirflowConnections:
    """The engine's port to the outside: where databases are, and the key. Called in tasks only, never while parsing."""

    def url(self, dataset: Dataset) -> str:
        """An SQLAlchemy URL, with its password. Raises RetentionError R320 when neither source knows the dataset."""
        connection = _connection(dataset.connection) if dataset.connection else None
        if connection is not None:
            return sqlalchemy_url(connection)
        if dataset.environment and os.environ.get(dataset.environment):
            return os.environ[dataset.environment]
        wanted = [f"the Airflow connection {dataset.connection!r}"] if dataset.connection else []
        wanted += [f"the environment variable {dataset.environment}"] if dataset.environment else []
        raise refuse(
            "R320",
            f"no address of dataset {dataset.id}: {' and '.join(wanted) or 'datasets.yaml names no source'} missing",
            where=f"dataset {dataset.id}",
            remedy=f"airflow connections add {dataset.connection or 'retention_' + dataset.id} --conn-uri <address>, "
            "or set the variable for every Airflow component",
        )

    def pseudonym_key(self) -> str | None:
        """The key's text from its connection; None: look where the command line does, environment and key file."""
        connection = _connection(KEY_CONNECTION)
        return None if connection is None else connection.password


def sqlalchemy_url(connection: Connection) -> str:
    """The SQLAlchemy URL of a connection. Raises RetentionError R321 for a type that is no database of ours."""
    from sqlalchemy import URL

    kind = (connection.conn_type or "").lower()
    if kind not in _DRIVERS:
        raise refuse(
            "R321",
            f"connection type {kind!r} is no database for rules; valid are {', '.join(sorted(_DRIVERS))}",
            where=f"Airflow connection {connection.conn_id}",
            remedy="set the connection's type",
        )
    if kind == "sqlite":
        # Airflow's sqlite URIs put the path into host and schema, as SQLAlchemy's put it into the database.
        path = connection.host or connection.schema or ""
        return URL.create("sqlite", database=path).render_as_string(hide_password=False)
    return URL.create(
        _DRIVERS[kind],
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={key: str(value) for key, value in _extras(connection).items() if key in _KNOWN[_DRIVERS[kind]]},
    ).render_as_string(hide_password=False)


def _extras(connection: Connection) -> dict[str, object]:
    """Airflow's MySQL provider puts what concerns TLS into one mapping, SQLAlchemy's addresses have it one by one."""
    extras = connection.extra_dejson
    tls = extras.get("ssl")
    named = json.loads(tls) if isinstance(tls, str) and tls.startswith("{") else tls
    return {**extras, **{f"ssl_{key}": value for key, value in named.items()}} if isinstance(named, dict) else extras


def _connection(conn_id: str) -> Connection | None:
    """None when Airflow knows no such connection. Raises TransientError R322 when Airflow itself cannot be asked."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError

    failure: Exception
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    except AirflowRuntimeError as error:
        failure = error
    raise TransientError(
        Problem(
            code="R322",
            what=f"Airflow could not be asked for a connection ({type(failure).__name__})",
            where=f"Airflow connection {conn_id}",
            remedy="the task is tried again by itself; if it stays so, look at the API server",
        )
    )
