"""What a strategy is: a name that rules use, declared facts, and the transform that its parameters give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from anonymizers.outputs import examples, longest, pattern, picks_of
from anonymizers.transform import Pick, Transform

Params = Mapping[str, object]

# The families of column types, as retention.policy.column_types calls them.
TEXT = "text"
DATE = "date"
DATETIME = "date and time without zone"
INSTANT = "timestamp with time zone"
INTEGER = "whole number"
NUMBER = "number"
TRUTH = "truth value"
UUID = "UUID"
BINARY = "binary"
NETWORK = "network address"
OTHER = "other"
EVERYTHING = frozenset({TEXT, DATE, DATETIME, INSTANT, INTEGER, NUMBER, TRUTH, UUID, BINARY, NETWORK, OTHER})

ANYBODY = frozenset({"subject", "value", "row"})


class Technique(StrEnum):
    """The families of techniques of ISO/IEC 20889."""

    SUPPRESSION = "suppression"
    GENERALIZATION = "generalization"
    PSEUDONYMIZATION = "pseudonymization"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A parameter that cannot be used, and what to write instead."""

    parameter: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """``object`` as type: any constant. ``check`` says what is wrong with a value of the right type and the remedy."""

    name: str
    type: type
    what: str
    needed: bool = False
    check: Callable[[object], tuple[str, str] | None] = lambda value: None


def _writes_text(params: Params) -> frozenset[str]:
    return frozenset({TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """Facts that lint, verification and the reference read, and ``transform``, from parameters to what is done."""

    name: str
    technique: Technique
    summary: str
    transform: Callable[[Params], Transform]
    parameters: tuple[Parameter, ...] = ()
    consistent: frozenset[str] = frozenset()  # ways to be the same for subject, value or row; none: for everybody
    unique: bool = False  # different persons (or values, or rows) get different values
    needs_null: bool = False  # it writes NULL
    reversible: bool = False  # the key alone leads back to the original
    python_only: bool = False  # no database can do it: values have to be read
    kinds: Callable[[Params], frozenset[str]] = _writes_text

    @property
    def params(self) -> Mapping[str, type]:
        """Parameter to the type of its constants."""
        return {parameter.name: parameter.type for parameter in self.parameters}

    def wrong(self, params: Params) -> Wrong | None:
        """The first parameter that is missing or out of its range; names and types are checked elsewhere."""
        for parameter in self.parameters:
            if parameter.name not in params:
                if parameter.needed:
                    what = f"{self.name} needs the parameter {parameter.name!r}"
                    return Wrong(parameter.name, what, f"write {parameter.name}: {parameter.what}")
                continue
            if found := parameter.check(params[parameter.name]):
                return Wrong(parameter.name, *found)
        return None

    def output_kinds(self, params: Params) -> frozenset[str]:
        """The families of column types that it can write."""
        return self.kinds(params)

    def max_length(self, params: Params) -> int | None:
        """Characters of the longest text that it writes; None: it writes no text."""
        return longest(self.transform(params))

    def output_pattern(self, params: Params) -> str | None:
        """An anchored expression that every value written matches, as text; None: it writes NULL."""
        return pattern(self.transform(params))

    def examples(self, params: Params) -> tuple[object, ...]:
        """Some that it writes; all where it writes one for everybody; none where a pool or the original decides."""
        return examples(self.transform(params))

    def pool(self, params: Params) -> str | None:
        """The family of the pool of which every value written is a member; None: it is no such choice."""
        transform = self.transform(params)
        return transform.pool if isinstance(transform, Pick) else None

    def picks(self, params: Params) -> tuple[Pick, ...]:
        """Every choice from a pool that goes into its values."""
        return picks_of(self.transform(params))
