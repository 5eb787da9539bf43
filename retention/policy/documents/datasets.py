"""The shape of datasets.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field
from pydantic.functional_validators import AfterValidator, BeforeValidator

from retention.model.rule import Missing
from retention.policy.documents.base import Choice, Document, Text, Version, Zone, shown, wrong
from retention.policy.documents.facts import FactDocument
from retention.policy.documents.names import Word
from retention.policy.documents.step import Columns

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


def _one_column(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise wrong(
            "R134",
            "a key of several columns stands where one column is expected",
            "name one column: persons are linked by keys of one column each",
        )
    return value


def _linked(value: dict[str, str]) -> dict[str, str]:
    if len(value) < 2:
        raise wrong(
            "R133", "a link needs two kinds of subject at least", "write {kind: column, other_kind: other_column}"
        )
    for column in value.values():
        kinds = [kind for kind, other in value.items() if other == column]
        if len(kinds) > 1:
            raise wrong(
                "R135",
                f"the column {column!r} stands for {' and for '.join(kinds)}",
                "each kind has a column of its own: what stands in one column needs no link",
            )
    return value


class ReferenceDocument(Document):
    """A foreign key that the database does not declare but the application keeps.

    Example:
        {table: ticket_notes, columns: {ticket_id: id}, refers_to: support_tickets}
    """

    table: Text = Field(description="The referring table.")
    columns: Columns = Field(description="Referring column to referred column.")
    refers_to: Text = Field(description="The referred table.")


class IdentityLinkDocument(Document):
    """Each row of the table says which keys of different kinds are one person's: a hold on one of them covers all.

    Example:
        {table: portal_accounts, subjects: {customer: customer_id, login: user_name}}
    """

    table: Text = Field(description="The table whose rows link the kinds.")
    subjects: Annotated[
        dict[Word, Annotated[Text, BeforeValidator(_one_column)]],
        AfterValidator(_linked),
    ] = Field(description="Kind of subject to the column that holds its key; two or more, one column each.")
    when_missing: Annotated[Missing, Choice("meanings of a missing key", Missing)] = Field(
        Missing.UNKNOWN, description="What a NULL means: a key that nobody knows (unknown), or none at all (nobody)."
    )


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
    identity_links: list[IdentityLinkDocument] = Field(
        [], description="Tables whose rows say which keys of different kinds are one person's."
    )
    ignored_tables: dict[str, Text] = Field({}, description="Tables that need no rule, each with a word why.")


class DatasetsDocument(Document):
    """datasets.yaml: the databases that hold personal data."""

    version: Version = Field(description="Always 1.")
    datasets: Annotated[dict[str, DatasetDocument], AfterValidator(_ids)] = Field(description="By id, such as crm.")
    facts: dict[Word, FactDocument] = Field(
        {}, description="Events that rules count from and that stand in another dataset, or come in files; by name."
    )
