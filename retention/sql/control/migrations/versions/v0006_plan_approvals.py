"""The control store learns of plan approvals."""

from __future__ import annotations

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("restore the copy of the control store that was made before upgrading")
