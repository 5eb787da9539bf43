"""Columns of a rule file: what they hold, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping

from retention.model.condition import Scalar
from retention.model.rule import ColumnUse, Consistent, Keep, Replace
from retention.policy.documents.base import shown
from retention.policy.documents.column import ColumnDocument, StrategyDocument
from retention.policy.documents.rule import RuleDocument
from retention.policy.reading import Reading


def consistency(document: RuleDocument) -> Consistent:
    """Of strategies that do not say it."""
    return Consistent.SUBJECT if document.subject.nobody is None else Consistent.ROW


def column_uses(
    documents: Mapping[str, ColumnDocument], reading: Reading, path: tuple[str | int, ...], default: Consistent
) -> tuple[ColumnUse, ...]:
    """In the order of the file; whether the columns exist is the lint's to say."""
    return tuple(
        ColumnUse(column=name, kind=use.kind, treatment=_treatment(use, reading, (*path, name), default))
        for name, use in documents.items()
    )


def _treatment(
    use: ColumnDocument, reading: Reading, path: tuple[str | int, ...], default: Consistent
) -> Replace | Keep | None:
    if use.keep is not None:
        return Keep(why=use.keep)
    if use.strategy is None:
        return None
    params = _params(use.strategy, reading, (*path, "strategy"))
    return Replace(strategy=use.strategy.name, params=params, consistent=use.strategy.consistent or default)


def _params(document: StrategyDocument, reading: Reading, path: tuple[str | int, ...]) -> dict[str, Scalar]:
    params: dict[str, Scalar] = {}
    for name, value in (document.model_extra or {}).items():
        if value is None or isinstance(value, list | dict):
            what = f"{shown(value)} stands where the parameter {name!r} of {document.name} needs a constant"
            reading.find("R221", (*path, name), what, "write a text, a number, true, false or a date")
        else:
            params[name] = value
    return params
