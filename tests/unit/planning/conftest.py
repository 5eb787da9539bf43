from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retention.model.dataset import Source
from retention.model.rule import Action, Disposition, Rule


@pytest.fixture
def make_rule() -> Callable[..., Rule]:
    """A rule over table ``t`` of which a test says only what it is about."""

    def make(**said: Any) -> Rule:
        silent = {
            "id": "d.t", "dataset": "d", "title": "", "cluster": "", "owner": "", "table": "t", "primary_key": ("id",),
            "members": (), "subject": None, "zone": "UTC", "condition": None, "relationship": None, "clauses": (),
            "disposition": Disposition(action=Action.DELETE), "columns": (), "limits": None,
            "source": Source(file="rules/d/t.yaml", line=1), "digest": "",
        }  # fmt: skip
        return Rule(**(silent | said))

    return make
