"""Addresses and the key from Airflow's connections, else from the environment."""

from __future__ import annotations

import dataclasses

import pytest
from airflow.sdk import Connection
from sqlalchemy import make_url

from retention.model.dataset import Dataset
from retention.model.errors import RetentionError
from retention_airflow import connections
from retention_airflow.connections import AirflowConnections, sqlalchemy_url


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Connection]:
    """What Airflow knows; empty at first."""
    found: dict[str, Connection] = {}
    monkeypatch.setattr(connections, "_connection", found.get)
    return found


def test_a_connection_comes_before_the_environment(
    dataset: Dataset, known: dict[str, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETENTION_CRM_URL", "sqlite:////from/environment.db")
    assert AirflowConnections().url(dataset) == "sqlite:////from/environment.db"
    known["retention_crm"] = Connection(conn_id="retention_crm", conn_type="sqlite", host="/from/airflow.db")
    assert AirflowConnections().url(dataset) == "sqlite:////from/airflow.db"


def test_without_either_the_refusal_names_both(
    dataset: Dataset, known: dict[str, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETENTION_CRM_URL", raising=False)
    with pytest.raises(RetentionError) as raised:
        AirflowConnections().url(dataset)
    assert "'retention_crm'" in str(raised.value)
    assert "RETENTION_CRM_URL" in str(raised.value)
    assert "airflow connections add retention_crm" in str(raised.value)
    with pytest.raises(RetentionError, match="names no source"):
        AirflowConnections().url(dataclasses.replace(dataset, connection=None, environment=None))


def test_postgresql_keeps_password_and_tls_and_drops_what_the_driver_does_not_know() -> None:
    connection = Connection(
        conn_id="c",
        conn_type="postgres",
        host="db1",
        port=5432,
        login="app",
        password="p@ss/word",
        schema="crm",
        extra='{"sslmode": "require", "cursor": "dictcursor"}',
    )
    assert sqlalchemy_url(connection) == "postgresql+psycopg://app:p%40ss%2Fword@db1:5432/crm?sslmode=require"


@pytest.mark.parametrize("kind", ["mysql", "MariaDB"])
@pytest.mark.parametrize("tls", ['{"ca": "/etc/ca.pem"}', '"{\\"ca\\": \\"/etc/ca.pem\\"}"'])
def test_mariadb_under_either_name_keeps_password_and_tls(kind: str, tls: str) -> None:
    connection = Connection(
        conn_id="c",
        conn_type=kind,
        host="db2",
        port=3306,
        login="app",
        password="p@ss/word",
        schema="crm",
        extra=f'{{"ssl": {tls}, "charset": "latin1", "connect_timeout": 5, "sslmode": "require"}}',
    )
    address = sqlalchemy_url(connection)
    assert address == "mariadb+pymysql://app:p%40ss%2Fword@db2:3306/crm?connect_timeout=5&ssl_ca=%2Fetc%2Fca.pem"
    driver = make_url(address).get_dialect()()
    assert driver.create_connect_args(make_url(address))[1]["ssl"] == {"ca": "/etc/ca.pem"}


def test_an_sqlite_uri_is_read_as_well() -> None:
    assert sqlalchemy_url(Connection.from_uri("sqlite:////srv/crm.db", conn_id="c")) == "sqlite:////srv/crm.db"


def test_a_type_that_is_no_database_is_refused() -> None:
    with pytest.raises(RetentionError, match=r"R321.*'http'.*postgres"):
        sqlalchemy_url(Connection(conn_id="c", conn_type="http"))


def test_the_key_is_the_password_of_its_connection(known: dict[str, Connection]) -> None:
    assert AirflowConnections().pseudonym_key() is None
    known["retention_pseudonym_key"] = Connection(conn_id="k", conn_type="generic", password="the key")
    assert AirflowConnections().pseudonym_key() == "the key"
