"""Strategies by name. What a rule file may say is exactly what stands here."""

from __future__ import annotations

from difflib import get_close_matches

from anonymizers import generalization, pseudonymization, suppression
from anonymizers.strategy import Strategy


class UnknownStrategy(KeyError):
    """No strategy has that name; the message lists those that there are."""

    def __str__(self) -> str:
        return str(self.args[0])


_strategies: dict[str, Strategy] = {}


def register(strategy: Strategy) -> None:
    """Make a strategy known. Raises ValueError when the name is taken."""
    if strategy.name in _strategies:
        raise ValueError(f"a strategy {strategy.name!r} is registered already")
    _strategies[strategy.name] = strategy


def names() -> tuple[str, ...]:
    """In alphabetical order."""
    return tuple(sorted(_strategies))


def get(name: str) -> Strategy:
    """Raises UnknownStrategy, a KeyError, for a name that is not registered."""
    if name in _strategies:
        return _strategies[name]
    near = get_close_matches(name, _strategies, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UnknownStrategy(f"the strategy {name!r} is not known; {hint}strategies: {', '.join(names())}")


for _strategy in (*suppression.STRATEGIES, *generalization.STRATEGIES, *pseudonymization.STRATEGIES):
    register(_strategy)
