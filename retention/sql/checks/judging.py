"""What an original that was found means: left behind, permitted by the row's verdict, somebody else's, or chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from anonymizers.transform import ByNetwork, Numbered, Pick, Template, Transform
from retention.model.rule import IDENTIFYING, ColumnUse, Keep, Replace, ValueKind
from retention.model.verdict import Verdict
from retention.sql.checks.originals_table import BEFORE, NOW
from retention.sql.codes import parse_code

LASTING = (
    Verdict.HELD,
    Verdict.RESTRICTED,
    Verdict.RETAINED_BY_LAW,
    Verdict.CONFLICT,
    Verdict.ACTIVE,
    Verdict.RETAINED,
    Verdict.REFERENCED,
    Verdict.UNDETERMINED,
)


ONCE_IN_A_MILLION = 1e-6
MANY = 100  # from here on five standard deviations say the same, and do not underflow


class Meaning(StrEnum):
    LEFT = "left"
    PERMITTED = "permitted"  # the verdict on the row lets it stay
    OTHERS = "others"  # somebody else's as well, or a pseudonym that equals it
    CHANCE = "chance"  # what was written is the original again: a few times that must happen where there is a choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One kind of occurrence. ``executed``: whether the run was to write under the rule of the row."""

    same_person: bool
    somebody: bool  # the row is about a person who is known
    unknown: bool  # the row is about a person of whom nobody knows who it is: perhaps the same one
    whole: bool
    code: str
    excused: bool
    mark: str
    made_up: bool  # the value is one that the column's strategy may write
    use: ColumnUse | None
    executed: bool


def meaning(found: Found) -> Meaning:
    replaced = found.use is not None and isinstance(found.use.treatment, Replace)
    if replaced and found.mark == BEFORE:
        return Meaning.OTHERS
    if found.same_person and found.somebody:
        return _of_the_same(found, replaced)
    if found.unknown and parse_code(found.code)[0] in LASTING:
        return Meaning.PERMITTED
    if replaced and found.mark == NOW and found.whole:
        return Meaning.OTHERS
    return Meaning.OTHERS if found.somebody and found.whole and is_rightful(found.use) else Meaning.LEFT


def is_rightful(use: ColumnUse | None) -> bool:
    """The column holds a value of the row's own person; a text may hold anybody's."""
    return use is not None and use.kind in IDENTIFYING - {ValueKind.FREE_TEXT}


def _of_the_same(found: Found, replaced: bool) -> Meaning:
    if replaced and found.mark == NOW:
        return Meaning.CHANCE if found.whole and found.made_up else Meaning.LEFT
    if not found.code:
        return Meaning.LEFT
    verdict, _, _ = parse_code(found.code)
    if verdict in LASTING:
        return Meaning.PERMITTED
    if verdict is Verdict.DUE:
        return Meaning.PERMITTED if found.excused or not found.executed else Meaning.LEFT
    use = found.use
    kept = use is not None and isinstance(use.treatment, Keep) and use.kind in IDENTIFYING
    return Meaning.PERMITTED if kept else Meaning.LEFT


def by_chance(transform: Transform, rows: int, pool_size: int) -> int:
    """How often at most a choice among few gives the original again in so many rows: more happens once in a million
    runs (Poisson). 0 where what is written is unique."""
    choices = _choices(transform, pool_size)
    if not choices or not rows:
        return 0
    expected, times = rows / choices, 0
    if expected > MANY:
        return math.ceil(expected + 5 * math.sqrt(expected))
    term = math.exp(-expected)
    rest = 1 - term
    while rest > ONCE_IN_A_MILLION and times < rows:
        times += 1
        term *= expected / times
        rest -= term
    return times


def _choices(transform: Transform, pool_size: int) -> int | None:
    match transform:
        case Pick():
            return pool_size
        case Numbered(prefixes=prefixes, count=count):
            return len(prefixes) * count
        case ByNetwork(v4=v4):
            return _choices(v4, pool_size)
        case Template(parts=parts) if all(isinstance(part, str | Pick) for part in parts):
            return math.prod(pool_size for part in parts if isinstance(part, Pick))
    return None
