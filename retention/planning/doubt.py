"""Which kinds of subject may hide a held person, where a link between kinds cannot be followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The kinds that one link joins; ``unique``: those of which a key stands in one row of its table at most."""

    dataset: str
    table: str
    kinds: frozenset[str]
    unique: frozenset[str] = frozenset()


def unfollowed(link: Joined, held: frozenset[str]) -> frozenset[str]:
    """The kinds to which a link that cannot be followed at all may lead from the held ones. Back to other keys of a
    held kind it leads only where a key on the other side may stand in several rows."""
    found: set[str] = set()
    for start in link.kinds & held:
        others = link.kinds - {start}
        found |= others
        if others - link.unique:
            found.add(start)
    return frozenset(found)


def spread(gaps: Mapping[Joined, frozenset[str]], links: Iterable[Joined]) -> dict[Joined, frozenset[str]]:
    """For each link in doubt the kinds in doubt, with those to which the other links lead from there."""
    known = tuple(links)
    return {link: _reached(link, kinds, known) for link, kinds in gaps.items()}


def _reached(origin: Joined, kinds: frozenset[str], links: tuple[Joined, ...]) -> frozenset[str]:
    seen = {(kind, origin) for kind in kinds}
    waiting = list(seen)
    while waiting:
        kind, came_by = waiting.pop()
        for link in links:
            if link == came_by or kind not in link.kinds:
                continue
            for step in {(other, link) for other in link.kinds - {kind}} - seen:
                seen.add(step)
                waiting.append(step)
    return frozenset(kind for kind, _ in seen)
