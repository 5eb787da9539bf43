"""The elements of a claims assessment as text: the same in the control store and in each dataset."""

from __future__ import annotations

import json

from retention.model.hold import Elements


def elements_text(elements: tuple[Elements, ...]) -> str:
    """Names alone; empty where the whole rows are needed."""
    return json.dumps([[one.dataset, one.table, *one.columns] for one in elements]) if elements else ""


def elements_of(text: str) -> tuple[Elements, ...]:
    """Raises ValueError for a text that this release cannot read."""
    if not text:
        return ()
    return tuple(
        Elements(dataset=dataset, table=table, columns=tuple(columns)) for dataset, table, *columns in json.loads(text)
    )
