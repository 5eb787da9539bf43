"""Suppression: the value is taken away, and what stands in its place tells nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from anonymizers.strategy import (
    BINARY,
    DATE,
    DATETIME,
    EVERYTHING,
    INSTANT,
    INTEGER,
    NETWORK,
    NUMBER,
    TEXT,
    TRUTH,
    UUID,
    Parameter,
    Params,
    Strategy,
    Technique,
)
from anonymizers.transform import Constant, Null

REMOVED = "[removed]"


def _constant_kinds(params: Params) -> frozenset[str]:
    match params.get("value"):
        case bool():
            return frozenset({TRUTH})
        case int():
            return frozenset({INTEGER, NUMBER})
        case Decimal():
            return frozenset({NUMBER})
        case date():
            return frozenset({DATE, DATETIME, INSTANT})
        case str():
            return frozenset({TEXT, UUID, NETWORK})
    return EVERYTHING - {BINARY}


STRATEGIES = (
    Strategy(
        name="null",
        technique=Technique.SUPPRESSION,
        summary="Writes NULL.",
        transform=lambda params: Null(),
        needs_null=True,
        kinds=lambda params: EVERYTHING,
    ),
    Strategy(
        name="constant",
        technique=Technique.SUPPRESSION,
        summary="Writes the same value everywhere.",
        transform=lambda params: Constant(params["value"]),
        parameters=(
            Parameter(
                name="value",
                type=object,
                needed=True,
                what="a text, number, truth value or date that is to stand in the column",
            ),
        ),
        kinds=_constant_kinds,
    ),
    Strategy(
        name="suppress",
        technique=Technique.SUPPRESSION,
        summary=f"Writes {REMOVED} in place of free text.",
        transform=lambda params: Constant(REMOVED),
    ),
)
