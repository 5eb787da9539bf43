"""Element groups: columns of one row with periods of their own."""

from __future__ import annotations

from pydantic import Field

from retention.policy.documents.base import Document
from retention.policy.documents.clause import CeilingDocument, FloorDocument, PurposeDocument
from retention.policy.documents.column import ColumnUses
from retention.policy.documents.names import Word


class ElementDocument(Document):
    """Columns of the root row with periods of their own: when these have ended, the columns are replaced, and the row
    stays. The row itself is deleted when its own periods and those of all its element groups have ended.

    Example:
        id: card
        columns: {card_token: {kind: token, strategy: suppress}, expires_on: {kind: date, strategy: "null"}}
        purposes: [{id: debit, start: last_debit_on, period: P13M, basis: "13 months after the last debit"}]
    """

    id: Word = Field(description="Name of the element group within the rule.")
    columns: ColumnUses = Field(description="Columns of the root table, each with a strategy or a keep.")
    floors: list[FloorDocument] = Field([], description="Must be kept until: by law.")
    purposes: list[PurposeDocument] = Field([], description="May be kept until: the controller's own reasons.")
    ceilings: list[CeilingDocument] = Field([], description="Must be gone by.")
