from __future__ import annotations

from tests.unit.planning.conftest import make_rule

__all__ = ["make_rule"]
