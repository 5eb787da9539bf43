"""Unknown names: say what comes near, and list what is valid."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 40


def nearest(name: str, valid: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The valid name that the given one is most like; None when nothing comes near."""
    by_lower = {candidate.lower(): candidate for candidate in valid}
    near = get_close_matches(name.lower(), list(by_lower), n=1, cutoff=likeness)
    return by_lower[near[0]] if near else None


def choose_from(name: str, valid: Iterable[str], *, what: str) -> str:
    """A remedy: "did you mean 'email'? Columns of accounts: id, email". ``what`` names the list, in the plural."""
    names = sorted(valid)
    near = nearest(name, names)
    return (f"did you mean {near!r}? " if near else "") + listing(names, what=what)


def listing(names: Iterable[str], *, what: str) -> str:
    """ "Columns of accounts: id, email"; long lists are cut, and say so."""
    ordered = list(names)
    more = f" … and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return f"{what}: {', '.join(ordered[:_SHOWN]) or 'none'}{more}"
