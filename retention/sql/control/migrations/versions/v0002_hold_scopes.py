"""The control store learns of hold scopes."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
