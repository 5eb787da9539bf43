"""The shape of datasets.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from retention.policy.documents.base import Document, Text, Version, Zone, shown, wrong
from retention.policy.documents.rule import Columns

_DATASET_ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_PRESETS = ("@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
_CRON_PART = re.compile(r"[0-9A-Za-z*/,#?L-]+", re.ASCII)


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise wrong(
            "R128",
            "this is not the name of an environment variable",
            "write the variable's name, such as RETENTION_CRM_URL; the address itself never stands in a file",
        )
    return text


def _schedule(text: str) -> str:
    parts = text.split()
    if text in _PRESETS or (len(parts) == 5 and all(_CRON_PART.fullmatch(part) for part in parts)):
        return text
    raise wrong(
        "R127",
        f"{shown(text)} is not a schedule",
        f'write five cron fields such as "0 3 * * *", or one of {", ".join(_PRESETS)}',
    )


def _ids(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if not _DATASET_ID.fullmatch(name):
            raise wrong(
                "R114",
                f"{shown(name)} is not the id of a dataset",
                "use lower-case letters, digits and _, at most 40 characters",
            )
    if not value:
        raise wrong("R108", "no dataset is declared", "declare at least one, such as crm")
    return value


class ReferenceDocument(Document):
    """A foreign key that the database does not declare but the application keeps.

    Example:
        {table: ticket_notes, columns: {ticket_id: id}, refers_to: support_tickets}
    """

    table: Text = Field(description="The referring table.")
    columns: Columns = Field(description="Referring column to referred column.")
    refers_to: Text = Field(description="The referred table.")


class DatasetDocument(Document):
    """One database, or one schema of it.

    Example:
        {title: Customers, url_from_environment: RETENTION_CRM_URL, zone: UTC, owner: privacy@northgate.example}
    """

    title: Text = Field(description="What people call it.")
    url_from_environment: Annotated[str, AfterValidator(_variable)] | None = Field(
        None, description="Name of the environment variable that holds the SQLAlchemy URL; read by the command line."
    )
    airflow_connection: Text | None = Field(None, description="Airflow connection id; read by the Airflow side.")
    schema_: Text | None = Field(None, alias="schema", description="PostgreSQL schema; left out: the default one.")
    zone: Zone = Field("UTC", description="Calendar zone of its rules.")
    schedule: Annotated[str, AfterValidator(_schedule)] | None = Field(
        None, description="Five cron fields or a preset; left out: only by hand."
    )
    owner: Text = Field(description="Who is told.")
    references: list[ReferenceDocument] = Field([], description="Foreign keys that the database does not declare.")
    ignored_tables: dict[str, Text] = Field({}, description="Tables that need no rule, each with a word why.")


class DatasetsDocument(Document):
    """datasets.yaml: the databases that hold personal data."""

    version: Version = Field(description="Always 1.")
    datasets: Annotated[dict[str, DatasetDocument], AfterValidator(_ids)] = Field(description="By id, such as crm.")
