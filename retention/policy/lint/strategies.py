"""placeholder until the registry is there"""

from __future__ import annotations

from collections.abc import Iterator

from retention.policy.finding import Finding
from retention.policy.lint.tables import GroupTable


def check(table: GroupTable) -> Iterator[Finding]:
    yield from ()
