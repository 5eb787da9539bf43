"""The shape of a rule file: one file, one rule, one root table."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.functional_validators import AfterValidator

from retention.model.rule import Approval, Missing
from retention.policy.documents.base import (
    Choice,
    Document,
    PeriodText,
    Share,
    Short,
    Text,
    Version,
    Zone,
    shown,
    whole,
    wrong,
)
from retention.policy.documents.clause import CeilingDocument, FloorDocument, PurposeDocument
from retention.policy.documents.column import ColumnUses
from retention.policy.documents.condition import ConditionDocument
from retention.policy.documents.conflict import ConflictDocument
from retention.policy.documents.disposition import DispositionDocument, Forms
from retention.policy.documents.element import ElementDocument
from retention.policy.documents.names import Word
from retention.policy.documents.step import Columns, StepDocument
from retention.policy.documents.times import TimeDocument

_RULE_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)


def _rule_id(text: str) -> str:
    if len(text) > 80 or not _RULE_ID.fullmatch(text):
        raise wrong(
            "R114",
            f"{shown(text)} is not the id of a rule",
            "write dataset.name in lower case, such as crm.accounts; letters, digits and _, at most 80 characters",
        )
    return text


class MemberDocument(Document):
    """A table whose rows go with the row of the root, or of another member.

    Example:
        {table: invoice_lines, join: {invoice_id: id}, columns: {id: key, invoice_id: key, amount: none}}
    """

    table: Text = Field(description="Name of the table.")
    parent: Text | None = Field(None, description="The member that its rows go with; left out: the root.")
    join: Columns | None = Field(
        None, description="Member column to parent column; may be left out where exactly one foreign key leads there."
    )
    columns: ColumnUses = Field(description="Every column of the table.")


class SubjectDocument(Document):
    """The person whom a row is about: kind and key, or nobody and why.

    Example:
        {kind: customer, key: account_id, path: [{columns: {ticket_id: id}, table: support_tickets}]}
    """

    kind: Word | None = Field(None, description="The kind of person: customer, applicant, lead.")
    key: Text | None = Field(
        None, description="Column that identifies the person, in the row or in the path's last table."
    )
    path: list[StepDocument] = Field([], description="Steps from the row to the table that holds the key.")
    when_missing: Annotated[Missing, Choice("meanings of a missing subject", Missing)] = Field(
        Missing.UNKNOWN, description="What a NULL or dangling key means: somebody unknown, or nobody."
    )
    nobody: Text | None = Field(None, description="Why the rows are about no person; stands alone.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.nobody is not None:
            if others := sorted(self.model_fields_set - {"nobody"}):
                raise wrong(
                    "R125",
                    f"'nobody' stands beside {', '.join(others)}",
                    "keep one: nobody with a word why, or kind and key",
                )
        elif self.kind is None or self.key is None:
            raise wrong(
                "R125", "the subject needs a kind and a key", 'write {kind: customer, key: id} or {nobody: "why"}'
            )
        return self


class LookupDocument(Document):
    """A column of one row of another table of the dataset, for conditions: the customer's country of an order.

    Example:
        {path: [{columns: {customer_id: id}, table: customers}], column: country}
    """

    path: list[StepDocument] = Field(description="Steps from the row, each to one row at most.")
    column: Text = Field(description="Column of the last table.")


class RelationshipDocument(Document):
    """Rows of a related table, each with the end of one relationship; the last one to end counts, NULL is active. Facts
    from elsewhere (datasets.yaml) are further ends, or the only ones.

    Example:
        {table: service_periods, join: {id: account_id}, end: ended_on, window: P6M, otherwise: registered_at}
    """

    table: Text | None = Field(None, description="The related table, of the same dataset.")
    join: Columns | None = Field(
        None, description="Root column to related column; may be left out where exactly one foreign key leads there."
    )
    end: Annotated[TimeDocument, Short("column", "Name of the column.")] | None = Field(
        None, description="Column of the related table: when the relationship ended."
    )
    start: Annotated[TimeDocument, Short("column", "Name of the column.")] | None = Field(
        None, description="Column of the related table: the day on which the relationship began, for `by_length`."
    )
    facts: list[Word] = Field([], description="Facts of datasets.yaml that tell further ends.")
    window: PeriodText | None = Field(None, description="Re-enrolment: kept at least this long after the end.")
    otherwise: Annotated[TimeDocument, Short("column", "Name of the column.")] | None = Field(
        None, description="Root column to count from where there is no related row; left out: undetermined."
    )

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if (self.table is None) is not (self.end is None) or (self.table is None and not self.facts):
            raise wrong(
                "R139",
                "the relationship does not say where its ends stand",
                "write table and end, or facts, or both: {table: memberships, end: ended_on, facts: [last_order]}",
            )
        for key in ("join", "start"):
            if getattr(self, key) is not None and self.table is None:
                raise wrong(
                    "R139", f"the relationship has {key!r} and no table", f"add table and end, or take {key} out"
                )
        return self


class LimitsDocument(Document):
    """A run refuses the rule when it would dispose of more groups than the larger of both.

    Example:
        {share: 0.5, groups: 20000}
    """

    share: Share = Field(description="Share of the root table's rows, from 0 to 1.")
    groups: whole(0, 1_000_000_000) = Field(description="Number of groups.")  # type: ignore[valid-type]


def _asked_for(approval: Approval) -> Approval:
    if approval is Approval.NONE:
        raise wrong(
            "R140",
            "a rule cannot do without an approval that its deployment may ask for",
            "write `approval: required`, or leave it out: then settings.yaml decides",
        )
    return approval


class RuleDocument(Document):
    """A rule file. It lies in rules/<dataset>/ and ends in .yaml."""

    version: Version = Field(description="Always 1.")
    id: Annotated[str, AfterValidator(_rule_id)] = Field(
        description="dataset.name; survives renaming of the table and the file."
    )
    title: Text = Field(description="What people call these records.")
    dataset: Text = Field(description="A dataset of datasets.yaml.")
    cluster: Text = Field(description="Personal data that belong together and live equally long.")
    owner: Text | None = Field(
        None, description="Who is given what is undetermined or overdue; left out: the dataset's owner."
    )
    table: Text = Field(description="The root table.")
    goes_with: list[MemberDocument] = Field([], description="Tables whose rows go with the root row, parents first.")
    companions: list[StepDocument] = Field(
        [], description="Rows of other rules' tables that a legal hold freezes along with a held group of this rule."
    )
    subject: SubjectDocument = Field(description="Whom a row is about.")
    zone: Zone | None = Field(None, description="Calendar zone; left out: the dataset's.")
    lookups: dict[Word, LookupDocument] = Field({}, description="Columns of other tables that conditions read.")
    condition: ConditionDocument | None = Field(None, description="The rows that the rule speaks for; left out: all.")
    relationship: RelationshipDocument | None = Field(None, description="The relationship whose end starts a period.")
    floors: list[FloorDocument] = Field([], description="Must be kept until: by law.")
    purposes: list[PurposeDocument] = Field([], description="May be kept until: the controller's own reasons.")
    ceilings: list[CeilingDocument] = Field([], description="Must be gone by.")
    conflicts: list[ConflictDocument] = Field(
        [], description="Counsel's choices between a floor and a ceiling that comes before it."
    )
    disposition: Annotated[DispositionDocument, Forms()] = Field(description="What happens in the end.")
    columns: ColumnUses = Field(description="Every column of the root table that no element group names.")
    elements: list[ElementDocument] = Field([], description="Columns of the root row that have periods of their own.")
    limits: LimitsDocument | None = Field(None, description="Limits of a run; left out: the deployment's.")
    approval: Annotated[Approval, Choice("ways to approve", Approval), AfterValidator(_asked_for)] | None = Field(
        None, description="required: a second person approves each plan before this rule writes; else the deployment's."
    )
