"""What a hold covers: from the words of a command line, and in words."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from retention.model.errors import refuse
from retention.model.hold_words import in_words

if TYPE_CHECKING:
    from retention.model.hold import Area, Hold, SubjectKey
    from retention.model.rule import RuleSet

NAMED = 5  # subjects of one hold that are shown by their keys
STANDARD_INPUT = "-"


def listed(place: str | None, kind: str | None, rules: RuleSet) -> tuple[SubjectKey, ...]:
    """The subjects of a pasted list. Raises RetentionError R387 to R389, R367 for a kind without a list."""
    from retention.policy.subject_list import read_subject_list

    if place is None:
        if kind is None:
            return ()
        raise refuse(
            "R367",
            "--kind is of a list, and there is none",
            where="hold place",
            remedy="add --subjects-from FILE, or write each subject as kind:key",
        )
    kinds = sorted({rule.subject.kind for rule in rules.rules if rule.subject})
    if place == STANDARD_INPUT:
        return read_subject_list(sys.stdin.buffer, "standard input", kinds=kinds, kind=kind).subjects
    try:
        with Path(place).open("rb") as stream:
            return read_subject_list(stream, place, kinds=kinds, kind=kind).subjects
    except OSError as error:
        raise refuse(
            "R389",
            f"the list cannot be read: {error.strerror}",
            where=place,
            remedy="check the name and the permissions; nothing was placed",
        ) from None


def areas_of(
    tables: Iterable[str], datasets: Iterable[str], conditions: Iterable[str], rules: RuleSet
) -> tuple[Area, ...]:
    """Raises RetentionError where one of them is not in the snapshots: nothing is placed then."""
    from retention.policy.hold_areas import condition_area, dataset_area, table_area

    return (
        *(condition_area(text, rules) for text in conditions),
        *(table_area(name, rules) for name in tables),
        *(dataset_area(name, rules) for name in datasets),
    )


def scope_in_words(hold: Hold) -> str:
    """For the person who asks: a few subjects by their keys, and conditions with their constants."""
    subjects = sorted(hold.subjects, key=_by_value)
    named = [f"{subject.kind} {subject.key}" for subject in subjects[:NAMED]]
    if len(subjects) > NAMED:
        named.append(f"{len(subjects) - NAMED:,} more")
    return ", ".join([*named, *(in_words(area, constants=True) for area in hold.areas)])


def _by_value(subject: SubjectKey) -> tuple[str, bool, int, str]:
    """Numbers by their value, before texts."""
    number = subject.key.isascii() and subject.key.isdecimal()
    return subject.kind, not number, int(subject.key) if number else 0, subject.key
