"""Sessions of MariaDB: what is set in each, and the servers that will not do."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import InvalidRequestError

from retention.model.errors import RetentionError, refuse
from retention.sql.dialects.mariadb_texts import BYTEWISE

PATIENCE_S = 60  # for the fence, and for our own tables
_CONNECT_S = 10
_OLDEST = (10, 6)  # JSON_TABLE
_LOCAL_FILES = 128  # we could be asked for files; the driver hands out none until it is told to
_MODE = (
    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,SIMULTANEOUS_ASSIGNMENT,NO_AUTO_VALUE_ON_ZERO"
)
_SETTINGS = (
    "SET time_zone = '+00:00', group_concat_max_len = 1073741824, "
    f"innodb_lock_wait_timeout = {PATIENCE_S}, lock_wait_timeout = {PATIENCE_S}"
)
_READ_ONLY = f"{_SETTINGS}, tx_read_only = 1"


def prepare_url(url: URL, driver: str, where: str) -> URL:
    """Raises RetentionError R325 for an address that names no database."""
    if not url.database:
        raise refuse(
            "R325",
            "the address names no database",
            where=where,
            remedy="write it after the host: mariadb://user:password@host:3306/database",
        )
    url = url.set(drivername=driver).update_query_dict(
        {
            "charset": "utf8mb4",
            "sql_mode": _MODE,
            "init_command": _SETTINGS,
            "client_flag": str(_LOCAL_FILES),
        }
    )
    if "unix_socket" in url.query:  # nobody listens on it, and the driver would read all certificates each time
        url = url.update_query_dict({"ssl_disabled": "true"})
    return url if "connect_timeout" in url.query else url.update_query_dict({"connect_timeout": str(_CONNECT_S)})


def reader_arguments() -> dict[str, Any]:
    """Great Expectations makes floating-point numbers of decimals itself, and walks its stack for each."""
    kinds, converters = import_module("pymysql.constants.FIELD_TYPE"), import_module("pymysql.converters")
    return {"init_command": _READ_ONLY, "conv": {**converters.conversions, kinds.NEWDECIMAL: float}}


def prepare_session(driver: Any, record: Any) -> None:
    """After SQLAlchemy has set names in its own way."""
    with driver.cursor() as cursor:
        cursor.execute(f"SET NAMES utf8mb4 COLLATE {BYTEWISE}")
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    driver.commit()


def refuse_unfit(engine: Engine, where: str) -> None:
    """Raises RetentionError R314, R318, R319, R323, R324."""
    try:
        with engine.connect() as one, engine.connect() as other:
            refuse_unreliable(one, where)
            _refuse_without_local_files(one, where)
            first = _session(one)
            one.rollback()  # a pooler may now give the session to the next who asks
            if first == _session(other):
                raise refuse(
                    "R314",
                    "a pooler shares the server's sessions between statements: no lock would hold",
                    where=where,
                    remedy="name the server itself, or a pool that keeps sessions apart",
                )
    except InvalidRequestError:  # of SQLAlchemy, which expected MariaDB
        raise no_mariadb(where) from None


def refuse_unreliable(connection: Connection, where: str) -> None:
    """A server on which locks and transactions are not what we need. Raises RetentionError R318, R323, R324."""
    _refuse_version(connection, where)
    _refuse_statement_log(connection, where)
    _refuse_cluster(connection, where)


def _refuse_version(connection: Connection, where: str) -> None:
    version = connection.dialect.server_version_info
    if version is None or not getattr(connection.dialect, "is_mariadb", False) or tuple(version[:2]) < _OLDEST:
        raise no_mariadb(where)


def no_mariadb(where: str) -> RetentionError:
    return refuse(
        "R318",
        f"the server is not MariaDB {'.'.join(map(str, _OLDEST))} or later: MySQL and older ones differ in what our "
        "statements need",
        where=where,
        remedy="move the database to such a server",
    )


def _refuse_without_local_files(connection: Connection, where: str) -> None:
    if not connection.execute(text("SELECT @@local_infile")).scalar_one():
        raise refuse(
            "R319",
            "the server takes no LOAD DATA LOCAL: a key would stand in a statement, where logs show it",
            where=where,
            remedy="SET GLOBAL local_infile = ON, and local_infile = ON in the server's settings",
        )


def _refuse_statement_log(connection: Connection, where: str) -> None:
    if connection.execute(text("SELECT @@log_bin AND @@binlog_format = 'STATEMENT'")).scalar_one():
        raise refuse(
            "R323",
            "the server's binary log keeps statements: batches need READ COMMITTED, which it then refuses",
            where=where,
            remedy="set binlog_format = MIXED or ROW",
        )


def _refuse_cluster(connection: Connection, where: str) -> None:
    if _in_cluster(connection):
        raise refuse(
            "R324",
            "the server is a node of a Galera cluster: a lock taken on one node keeps nobody out on another, so that a "
            "hold could be overtaken",
            where=where,
            remedy="use a server with replicas instead, and move the database to it",
        )


def _in_cluster(connection: Connection) -> bool:
    row = connection.execute(text("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'")).first()
    return row is not None and str(row[1]).upper() == "ON"


def _session(connection: Connection) -> int:
    return int(connection.execute(text("SELECT CONNECTION_ID()")).scalar_one())
