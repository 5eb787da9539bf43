"""What the lint needs to know of a strategy, and where it comes from."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from typing import Protocol, cast


class Wrong(Protocol):
    """A parameter that cannot be used."""

    @property
    def parameter(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def remedy(self) -> str: ...


class Strategy(Protocol):
    """The declared facts of a strategy of the registry."""

    @property
    def name(self) -> str: ...
    @property
    def params(self) -> Mapping[str, type]:
        """Parameter to the type of its constants."""

    @property
    def unique(self) -> bool:
        """Different persons (or values, or rows) get different pseudonyms."""

    @property
    def needs_null(self) -> bool:
        """It writes NULL."""

    @property
    def consistent(self) -> Collection[str]:
        """The ways to be consistent that it knows; none where it writes the same for everybody."""

    def wrong(self, params: Mapping[str, object]) -> Wrong | None:
        """The first parameter that is missing or out of its range. Their names and types are checked before."""

    def output_kinds(self, params: Mapping[str, object]) -> Collection[str]:
        """The families of types that it can write."""

    def max_length(self, params: Mapping[str, object]) -> int | None:
        """Characters of the longest text that it writes; None: no limit, or no text."""

    def examples(self, params: Mapping[str, object]) -> Collection[object]:
        """Values that it may write; all that there are where it writes the same for everybody."""


class Registry(Protocol):
    """Strategies by name."""

    def names(self) -> Collection[str]: ...
    def get(self, name: str) -> Strategy:
        """Raises KeyError, or an error of its own, for an unknown name; ask ``names`` first."""


def registry() -> Registry | None:
    """The strategies that are installed; None where the package of techniques is not."""
    try:
        return cast(Registry, importlib.import_module("anonymizers.registry"))
    except ModuleNotFoundError:
        return None
