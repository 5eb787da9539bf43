"""What a rule said at one time, and since when: what a cool-down compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from retention.model.dataset import DeclaredReference
from retention.model.period import Period
from retention.model.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """All by which a rule decides. Equal digests, equal texts; that of the rule alone is ``rule.digest``."""

    rule: Rule
    lead: Period  # the deployment's, before a ceiling
    references: tuple[DeclaredReference, ...]  # of the dataset file, onto tables of the rule's group
    types: Mapping[str, str]  # "table.column" -> type, of the columns by which it decides
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A text became the present one of its rule. ``digest`` empty: the rule was taken out."""

    digest: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A text that was in force within the cool-down: until then, what it does not permit waits.

    ``digest`` empty: there was none, since the rule is new; nothing is permitted.
    """

    digest: str
    until: datetime
