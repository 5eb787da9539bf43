"""Generalization: the value is made coarser until it fits many."""

from __future__ import annotations

from anonymizers.strategy import DATE, DATETIME, INSTANT, TEXT, Strategy, Technique
from anonymizers.transform import YearStart

STRATEGIES = (
    Strategy(
        name="year",
        technique=Technique.GENERALIZATION,
        summary="Writes the first of January of the year, midnight, in the column's type (times with a zone: of the "
        "year in UTC). A text that does not begin with an ISO date becomes NULL.",
        transform=lambda params: YearStart(),
        kinds=lambda params: frozenset({DATE, DATETIME, INSTANT, TEXT}),
    ),
)
