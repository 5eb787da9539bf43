"""Steps from one row to another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.functional_validators import AfterValidator

from retention.policy.documents.base import Document, Text, wrong


def _columns(value: dict[str, str]) -> dict[str, str]:
    if not value:
        raise wrong("R108", "no columns are named", "write {near column: far column}, such as {account_id: id}")
    return value


Columns = Annotated[dict[str, Text], AfterValidator(_columns)]


class StepDocument(Document):
    """A step along a foreign key.

    Example:
        {columns: {ticket_id: id}, table: support_tickets}
    """

    columns: Columns = Field(description="Near column to far column.")
    table: Text = Field(description="The far table.")


class NeedsDocument(Document):
    """Columns of another row that a floor needs: as long as it keeps its own row, no rule replaces these, and none
    deletes that row.

    Example:
        {path: [{columns: {account_id: id}, table: accounts}], columns: [full_name, country]}
    """

    path: list[StepDocument] = Field(description="Steps from the row, each to one row at most.")
    columns: list[Text] = Field(description="Columns of the last table.")
