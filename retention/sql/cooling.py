"""What an earlier text of a rule permits, as SQL: the same as planning.cool_down says of one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, false

from retention.model.rule import Action, Rule
from retention.planning.cool_down import reaches_no_further, replaces_no_more
from retention.sql.conditions import certainly, some

if TYPE_CHECKING:
    from retention.sql.verdicts import CompiledRule


@dataclass(frozen=True)
class Older:
    """An earlier text that must agree. ``compiled`` None: there was none, or it cannot be applied to this schema."""

    until: datetime
    compiled: CompiledRule | None


def permits(older: Older, rule: Rule, *, deletion: bool) -> ColumnElement[bool]:
    """Whether the earlier text lets ``rule`` delete a row (or else replace values in it); never NULL."""
    if older.compiled is None or not reaches_no_further(rule, older.compiled.context.rule):
        return false()
    text = older.compiled
    deletes = text.due if text.context.rule.disposition.action is Action.DELETE else text.due_follow_up
    if deletion or not replaces_no_more(rule, text.context.rule):
        return certainly(deletes)
    return certainly(some(deletes, text.due))
