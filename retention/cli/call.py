"""One call of the command line: where the rules are, where the home is, and how to answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retention.runtime.deployment import Deployment

RULES = Path("retention_rules")  # where nothing else is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``home`` None: $RETENTION_HOME, else .retention below the current directory. ``as_json``: a program asked."""

    rules: Path
    home: Path | None
    as_json: bool

    @contextmanager
    def deployment(self) -> Iterator[Deployment]:
        """Opened for one use case; addresses come from the environment. Imports the engine, which takes a while."""
        from retention.runtime.clock import SystemClock
        from retention.runtime.deployment import open_deployment
        from retention.runtime.resolver import EnvironmentResolver

        deployment = open_deployment(self.rules, EnvironmentResolver(), SystemClock(), self.home)
        try:
            yield deployment
        finally:
            deployment.close()
