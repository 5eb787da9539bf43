"""The scope of a hold in words, with the constants of its conditions or without."""

from __future__ import annotations

from retention.model.condition import All, Any, Compare, Condition, Not, Operator
from retention.model.condition_text import shown
from retention.model.hold import ConditionScope, DatasetScope, Scope, SubjectScope, TableScope

_OPERATORS = {
    Operator.EQUALS: "equals",
    Operator.NOT_EQUALS: "does not equal",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.LESS_THAN: "is less than",
    Operator.AT_MOST: "is at most",
    Operator.MORE_THAN: "is more than",
    Operator.AT_LEAST: "is at least",
    Operator.IS_NULL: "is NULL",
    Operator.IS_NOT_NULL: "is not NULL",
}


def in_words(scope: Scope, *, constants: bool) -> str:
    """``constants`` False: columns and operators alone, for what is kept or read by others. Never a subject's key."""
    match scope:
        case SubjectScope(subjects=subjects):
            return f"{len(subjects):,} subject{'' if len(subjects) == 1 else 's'}"
        case ConditionScope(dataset=dataset, table=table, condition=condition):
            return f"rows of {dataset}.{table} where {condition_in_words(condition, constants=constants)}"
        case TableScope(dataset=dataset, table=table):
            return f"every row of {dataset}.{table}"
        case DatasetScope(dataset=dataset):
            return f"everything in {dataset}"


def condition_in_words(condition: Condition, *, constants: bool) -> str:
    match condition:
        case All(parts=parts):
            return _joined(parts, " and ", constants=constants)
        case Any(parts=parts):
            return _joined(parts, " or ", constants=constants)
        case Not(part=part):
            return f"not ({condition_in_words(part, constants=constants)})"
    return _compared(condition, constants=constants)


def _joined(parts: tuple[Condition, ...], word: str, *, constants: bool) -> str:
    texts = [condition_in_words(part, constants=constants) for part in parts]
    return texts[0] if len(texts) == 1 else f"({word.join(texts)})"


def _compared(compare: Compare, *, constants: bool) -> str:
    column = f"{compare.via[-1].table}.{compare.column}" if compare.via else compare.column
    words = f"{column} {_OPERATORS[compare.operator]}"
    if not compare.values:
        return words
    values = ", ".join(str(shown(value)) for value in compare.values) if constants else "..."
    return f"{words} {values}"
