"""The reference of the rule language, generated from the documents: the page cannot say what the loader does not do."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from retention.model.rule import ValueKind
from retention.policy.documents.base import Choice, Document
from retention.policy.documents.clause import CeilingDocument, ClauseDocument, FloorDocument, PurposeDocument
from retention.policy.documents.column import ColumnDocument, StrategyDocument
from retention.policy.documents.condition import ConditionDocument
from retention.policy.documents.conflict import ConflictDocument
from retention.policy.documents.datasets import (
    DatasetDocument,
    DatasetsDocument,
    IdentityLinkDocument,
    ReferenceDocument,
)
from retention.policy.documents.disposition import DispositionDocument, FollowUpDocument
from retention.policy.documents.element import ElementDocument
from retention.policy.documents.facts import FactDocument, FactRowsDocument
from retention.policy.documents.period_choice import PeriodFromDocument, TierDocument
from retention.policy.documents.rule import (
    LimitsDocument,
    LookupDocument,
    MemberDocument,
    RelationshipDocument,
    RuleDocument,
    SubjectDocument,
)
from retention.policy.documents.settings import SettingsDocument
from retention.policy.documents.starts import OperandDocument, StartDocument
from retention.policy.documents.statute import (
    EffectiveDocument,
    EventDocument,
    SeveralDocument,
    SignOffDocument,
    SignOffsDocument,
    StatuteDocument,
    StatutesDocument,
)
from retention.policy.documents.statute_use import JurisdictionDocument, StatuteStartDocument, StatutesUseDocument
from retention.policy.documents.step import NeedsDocument, StepDocument
from retention.policy.documents.terms import CountingDocument, SuspensionDocument, TransitionDocument
from retention.policy.documents.times import TimeDocument
from retention.policy.schema_document import rule_schema_text
from retention.policy.strategy_reference import strategies_markdown

CHAPTERS: dict[str, tuple[type[Document], ...]] = {
    "A rule file": (
        RuleDocument,
        MemberDocument,
        SubjectDocument,
        StepDocument,
        LookupDocument,
        RelationshipDocument,
        ClauseDocument,
        FloorDocument,
        PurposeDocument,
        CeilingDocument,
        StatutesUseDocument,
        JurisdictionDocument,
        StatuteStartDocument,
        StartDocument,
        OperandDocument,
        CountingDocument,
        ConflictDocument,
        NeedsDocument,
        TierDocument,
        PeriodFromDocument,
        TransitionDocument,
        SuspensionDocument,
        TimeDocument,
        ConditionDocument,
        ElementDocument,
        ColumnDocument,
        StrategyDocument,
        DispositionDocument,
        FollowUpDocument,
        LimitsDocument,
    ),
    "datasets.yaml": (
        DatasetsDocument,
        DatasetDocument,
        ReferenceDocument,
        IdentityLinkDocument,
        FactDocument,
        FactRowsDocument,
    ),
    "settings.yaml": (SettingsDocument,),
    "statutes/<jurisdiction>.yaml": (
        StatutesDocument,
        StatuteDocument,
        SeveralDocument,
        EventDocument,
        EffectiveDocument,
    ),
    "statutes/sign_offs.yaml": (SignOffsDocument, SignOffDocument),
}
_HEAD = """\
# Reference: rules, datasets, settings, statutes

<!-- generated from retention/policy/documents and anonymizers/; `python -m retention.policy` writes it anew -->

The folder of the rules (`retention_rules/`, or `$RETENTION_RULES`):

    datasets.yaml                  the databases
    settings.yaml                  what a deployment decides for all rules; may be left out
    rules/<dataset>/<name>.yaml    one file, one rule, one root table
    statutes/<jurisdiction>.yaml   the catalogue: what the law of a country, or a standard, asks for
    statutes/sign_offs.yaml        for which entries counsel vouches
    snapshots/<dataset>.yaml       the schema that the rules rely on; written by `retention snapshot`

Files are YAML 1.2 in UTF-8, without anchors and tags. A key that is not listed here is refused. Periods are P6Y, P18M,
P2W, P90D, mixes such as P1Y6M, or PT0S (immediately). `kept through = align(start) + period`: the day of the event is
not counted, unless the rule says so. An alignment (`align`) is month, quarter, calendar_year or
{fiscal_year_ends: "06-30"}. A `start` is a column, the word relationship_end, or the latest or earliest of several.
A bare name may stand for a time column, a strategy, and a column's kind.
"""


def example_of(document: type[Document]) -> str | None:
    """The YAML under "Example:" in the docstring."""
    _, found, example = inspect.cleandoc(document.__doc__ or "").partition("Example:\n")
    return textwrap.dedent(example).strip() if found else None


def title_of(document: type[Document]) -> str:
    """ "RelationshipDocument" is called "relationship"."""
    name = document.__name__.removesuffix("Document")
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def reference_markdown() -> str:
    """The text of docs/reference/rules.md."""
    parts = [_HEAD]
    for chapter, documents in CHAPTERS.items():
        parts.append(f"\n## {chapter}\n")
        parts.extend("\n".join(_section(document)) for document in documents)
    parts.append("\n" + strategies_markdown())
    parts.append("\n## Kinds of values\n\n" + ", ".join(f"`{kind}`" for kind in ValueKind) + "\n")
    return "\n".join(parts)


def _section(document: type[Document]) -> Iterator[str]:
    text = inspect.cleandoc(document.__doc__ or "").partition("Example:\n")[0].strip()
    yield f"### {title_of(document)}\n\n{text}\n\n| key | | what |\n|---|---|---|"
    for name, field in document.model_fields.items():
        needed = "needed" if field.is_required() else ""
        yield f"| `{field.alias or name}` | {needed} | {_what(field)} |"
    if example := example_of(document):
        yield f"\n```yaml\n{example}\n```"
    yield ""


def _what(field: FieldInfo) -> str:
    words = field.description or "A constant to compare with."
    names = _choices(field)
    return words.replace("|", "\\|") + (f" One of {', '.join(names)}." if names and len(names) < 10 else "")


def _choices(field: FieldInfo) -> list[str]:
    annotated = [field, *getattr(field.annotation, "__args__", ())]
    found = [
        entry for part in annotated for entry in (*getattr(part, "metadata", ()), *getattr(part, "__metadata__", ()))
    ]
    return [str(name) for entry in found if isinstance(entry, Choice) for name in entry.names]


def write_reference(folder: Path) -> None:
    """Write rules.md and rule.schema.json into the folder."""
    (folder / "rules.md").write_text(reference_markdown(), encoding="utf-8")
    (folder / "rule.schema.json").write_text(rule_schema_text(), encoding="utf-8")
