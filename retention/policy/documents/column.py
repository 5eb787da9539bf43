"""Columns: what they hold, and what becomes of them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from retention.model.rule import Consistent, ValueKind
from retention.policy.documents.base import Choice, Document, Short, Text, wrong


class StrategyDocument(Document):
    """How a column is replaced. Keys beside name and consistent are parameters of the strategy.

    Example:
        {name: constant, value: removed}
    """

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    name: Text = Field(description="Name of a strategy of the registry.")
    consistent: Annotated[Consistent, Choice("ways to be consistent", Consistent)] | None = Field(
        None,
        description="Who gets the same pseudonym: a subject, an equal value, or this row alone. "
        "Left out: the subject; where the rows are about nobody, the row.",
    )


class ColumnDocument(Document):
    """What a column holds and, where the row is pseudonymized, what becomes of it.

    Example:
        {kind: country, keep: statistics by country do not identify}
    """

    kind: Annotated[ValueKind, Choice("kinds of values", ValueKind)] = Field(description="What kind of value it holds.")
    strategy: Annotated[StrategyDocument, Short("name", "Name of a strategy without parameters.")] | None = Field(
        None, description="How it is replaced; only with the disposition pseudonymize."
    )
    keep: Text | None = Field(None, description="Why it may stay as it is; only with the disposition pseudonymize.")

    @model_validator(mode="after")
    def _one_treatment(self) -> Self:
        if self.strategy is not None and self.keep is not None:
            raise wrong("R108", "the column has both a strategy and a keep", "choose one: it is replaced, or it stays")
        return self


ColumnUses = dict[str, Annotated[ColumnDocument, Short("kind", "The kind alone, where nothing else is to say.")]]
