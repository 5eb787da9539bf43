"""Subjects as people name them: their forms, and the kinds that rules know."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from difflib import get_close_matches

from retention.model.errors import refuse
from retention.model.hold import SubjectKey
from retention.runtime.deployment import Deployment


def forms_of(subject: SubjectKey) -> tuple[SubjectKey, ...]:
    """As given, and in the canonical form of a UUID where it is one: looking for both is safe."""
    try:
        return subject, SubjectKey(kind=subject.kind, key=str(uuid.UUID(subject.key)))
    except ValueError:
        return (subject,)


def refuse_unknown_kinds(deployment: Deployment, subjects: Iterable[SubjectKey], *, where: str) -> None:
    """Raises RetentionError R360 for a kind of subject that no rule knows."""
    known = sorted({rule.subject.kind for rule in deployment.rules.rules if rule.subject})
    for kind in sorted({subject.kind for subject in subjects} - set(known)):
        near = get_close_matches(kind, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise refuse(
            "R360",
            f"no rule knows a subject of the kind {kind!r}{hint}",
            where=where,
            remedy=f"valid kinds are {', '.join(known) or 'none: no rule declares a subject yet'}",
        )
