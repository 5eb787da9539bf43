"""The strategies' part of the reference, generated from the registry."""

from __future__ import annotations

from collections.abc import Iterator

from anonymizers.fiction import PHONE_RANGES
from anonymizers.registry import get, names
from anonymizers.strategy import Strategy

_HEAD = """\
## Strategies

NULL stays NULL under every strategy. What is written is made up where the database is, from a keyed digest; it is
never cut to fit: a value that a column cannot hold is refused beforehand, or is an error of the database.

`consistent: subject` gives one person the same value in every table of every dataset. Rows of which nobody knows whom
they are about get a value each. `consistent: value` gives equal values the same, byte by byte (upper and lower case
differ), `consistent: row` gives each row its own. The strategies of suppression and generalization know no such choice.

As long as the key exists anywhere, what pseudonymization writes is still personal data. Whether a value from a pool
is somebody's name or street by chance cannot be excluded; mailboxes, telephones and networks are nobody's.
"""
_RANGES = "Telephone numbers are those that authorities reserve for fiction:"


def strategies_markdown() -> str:
    """A table of all strategies, and the sources of the ranges that are nobody's."""
    rows = "\n".join(_row(get(name)) for name in names())
    table = f"| strategy | parameters | technique | longest | unique | what |\n|---|---|---|---|---|---|\n{rows}\n"
    ranges = "\n".join(f"- `{country}`: {range_.source}" for country, range_ in PHONE_RANGES.items())
    return f"{_HEAD}\n{table}\n{_RANGES}\n\n{ranges}\n"


def _row(strategy: Strategy) -> str:
    longest = "" if any(parameter.needed for parameter in strategy.parameters) else strategy.max_length({})
    cells = (
        f"`{strategy.name}`",
        "; ".join(_parameters(strategy)),
        strategy.technique.value,
        "" if longest is None else str(longest),
        "yes" if strategy.unique else "",
        strategy.summary,
    )
    return f"| {' | '.join(cells)} |"


def _parameters(strategy: Strategy) -> Iterator[str]:
    for parameter in strategy.parameters:
        yield f"`{parameter.name}`: {parameter.what}"
