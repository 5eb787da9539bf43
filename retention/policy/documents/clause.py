"""Floors, purposes and ceilings of a rule file: a period of the rule's own, or what a statute says."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from retention.policy.documents.base import Text, wrong
from retention.policy.documents.condition import ConditionDocument
from retention.policy.documents.names import Word
from retention.policy.documents.period_choice import ByLength, PeriodFromDocument
from retention.policy.documents.starts import Start, StartDocument
from retention.policy.documents.statute_use import StatuteStartDocument, StatutesUseDocument, YearEnds
from retention.policy.documents.step import NeedsDocument
from retention.policy.documents.terms import CountingDocument, Periods

PERIODS = ("period", "by_length", "period_from")


class ClauseDocument(CountingDocument):
    """What floors, purposes and ceilings have in common.

    Example:
        {id: us-tax, start: issued_on, align: calendar_year, period: P7Y, basis: "26 CFR 1.6001-1"}
    """

    id: Word = Field(description="Name of the clause within the rule.")
    start: Annotated[StartDocument, Start()] | None = Field(None, description="The event from which the period runs.")
    period: Periods | None = Field(
        None, description="How long; PT0S means immediately. Of several, each is added to the end of the one before."
    )
    by_length: ByLength | None = Field(
        None, description="In the place of period: by the length of the relationship, from first start to last end."
    )
    period_from: PeriodFromDocument | None = Field(
        None, description="In the place of period: what a column of another row says."
    )
    basis: Text | None = Field(None, description="Legal basis or citation, in words.")
    statute: Text | None = Field(
        None, description="In the place of period and basis: the id of a statute of the catalogue."
    )
    statutes: StatutesUseDocument | None = Field(
        None, description="In the place of period and basis: the statutes of a category, by jurisdiction."
    )
    starts: dict[Text, Annotated[StatuteStartDocument, Start()]] = Field(
        {}, description="By the name of an event of a statute, the column that tells it; left out: `start`."
    )
    fiscal_year_ends: YearEnds | None = Field(
        None, description='The end of the fiscal year, "12-31", for statutes that count from it; or by jurisdiction.'
    )
    when: ConditionDocument | None = Field(None, description="The rows to which it applies; left out: all.")

    @model_validator(mode="after")
    def _own_or_a_statute(self) -> Self:
        statutes = [name for name in ("statute", "statutes") if getattr(self, name) is not None]
        own = {*PERIODS, "basis", *CountingDocument.model_fields} & self.model_fields_set
        if not statutes:
            self._own()
            if self.starts or self.fiscal_year_ends:
                raise wrong("R146", "starts and fiscal_year_ends belong to statutes", "take them out")
        elif len(statutes) > 1 or own:
            beside = sorted(own) or ["statutes"]
            what = f"{statutes[0]!r} stands beside {', '.join(beside)}"
            raise wrong("R146", what, "a statute says period, counting and basis by itself: keep one of both")
        return self

    def _own(self) -> None:
        given = [name for name in PERIODS if getattr(self, name) is not None]
        if len(given) > 1:
            raise wrong("R147", f"{' and '.join(given)} stand side by side", "keep one of them: each says how long")
        asked = ("start", *(given or ["period"]), "basis")
        missing = [name for name in asked if getattr(self, name) is None]
        if missing:
            keys, are = ("keys", "are") if len(missing) > 1 else ("key", "is")
            more = "; ".join(f"`{name}: ..` ({_described(name)})" for name in missing)
            what = f"the {keys} {' and '.join(map(repr, missing))} {are} missing"
            raise wrong("R107", what, f"add {more}, or refer to a statute")


class FloorDocument(ClauseDocument):
    """A floor. It can stay open while a condition holds, whatever its period says: an assessment, a dispute.

    Example:
        {id: tax, start: issued_on, period: P8Y, basis: "AO 147", open_while: {column: audit, equals: open}}
    """

    needs: list[NeedsDocument] = Field([], description="Columns of other rows that the law wants kept along with it.")
    open_while: ConditionDocument | None = Field(None, description="It has no end as long as this holds.")


class PurposeDocument(ClauseDocument):
    """A purpose: like a floor, and it ends as soon as it is not live any more.

    Example:
        {id: news, start: given_on, period: P2Y, basis: consent, live_while: {column: withdrawn_on, is: null}}
    """

    live_while: ConditionDocument | None = Field(None, description="The purpose has ended once this does not hold.")


class CeilingDocument(ClauseDocument):
    """A ceiling. One with counsel's mark waits for no cool-down: rows that are due by it go at once.

    Example:
        {id: erase, start: closed_on, period: P3Y, basis: "statute 12", counsel: "A. Reed, opinion of 2026-03-02"}
    """

    counsel: Text | None = Field(None, description="Counsel's sign-off: a name, a date or a reference.")


def _described(name: str) -> str:
    words = str(ClauseDocument.model_fields[name].description).removesuffix(".")
    return words[0].lower() + words[1:]
