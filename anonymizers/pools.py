"""Families of pools: lists of made-up values to pick from. What fills them is not known here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PoolFamily:
    """``longest``: characters of its longest value; longer ones never enter a pool, so that lengths can be checked
    against columns before anything runs. Pinned: a smaller number would change the pools that exist."""

    name: str
    longest: int


POOLS: Mapping[str, PoolFamily] = MappingProxyType(
    {
        family.name: family
        for family in (
            PoolFamily("given_name", 14),
            PoolFamily("family_name", 16),
            PoolFamily("street", 40),
            PoolFamily("city", 30),
            PoolFamily("postcode", 10),
            PoolFamily("region", 30),
            PoolFamily("organization", 40),
        )
    }
)
