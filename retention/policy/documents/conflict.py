"""Counsel's choice between a floor and a ceiling that cannot both be obeyed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from retention.policy.documents.base import Choice, Document, Text


class Side(StrEnum):
    """Of a conflict."""

    FLOOR = "floor"
    CEILING = "ceiling"


class ConflictDocument(Document):
    """What counsel chose for rows that a floor keeps and a ceiling wants gone. Until there is a choice, such rows stay,
    and are counted as in conflict.

    Example:
        {floor: us-ca, ceiling: nl, prevails: floor, counsel: "A. Reed, opinion of 2026-03-02"}
    """

    floor: Text = Field(description="Id of a floor of this rule; of a statute of a category, `id:statute`.")
    ceiling: Text = Field(description="Id of a ceiling of this rule, likewise.")
    prevails: Annotated[Side, Choice("sides", Side)] = Field(
        description="Which of the two is obeyed: floor (the rows stay) or ceiling (they go, by a cool-down)."
    )
    counsel: Text = Field(description="Who chose, and when or where that is written down.")
