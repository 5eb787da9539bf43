"""A person as the command line names one: kind:key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retention.model.errors import refuse

if TYPE_CHECKING:
    from retention.model.hold import SubjectKey


def subject_of(text: str, where: str) -> SubjectKey:
    """Raises RetentionError R367 where there is no colon."""
    from retention.model.hold import SubjectKey

    kind, colon, key = text.partition(":")
    if not colon:
        raise refuse(
            "R367",
            "a subject is named by its kind and its key",
            where=where,
            remedy="write kind:key, for example customer:4711",
        )
    return SubjectKey(kind=kind.strip(), key=key.strip())
