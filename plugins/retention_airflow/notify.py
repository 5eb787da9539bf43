"""Who is told when a run ends red: one of Airflow's notifiers, named by the environment; by default a line in the log.

RETENTION_NOTIFIER         path of a notifier class, such as airflow.providers.smtp.notifications.smtp.SmtpNotifier
RETENTION_NOTIFIER_PARAMS  its arguments as a JSON object, such as {"to": "privacy@example.org"}
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

from retention.model.errors import refuse

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger("retention")


class LogNotifier(BaseNotifier):
    """Writes what happened and what to do. Names only: what failed in detail stands in the report."""

    def notify(self, context: Context) -> None:
        log.error(
            "run %s of %s ended red: %s\n"
            "  what to do: open the report linked at this task, mend what it names, then clear the failed tasks; "
            "an expired plan needs a new run",
            context.get("run_id"),
            context["dag"].dag_id,
            context.get("exception"),
        )


def notifier() -> BaseNotifier:
    """The notifier that the environment names. Raises RetentionError R330 when it cannot be made."""
    path = os.environ.get("RETENTION_NOTIFIER", "")
    if not path:
        return LogNotifier()
    try:
        made: Any = _class_at(path)(**json.loads(os.environ.get("RETENTION_NOTIFIER_PARAMS") or "{}"))
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise refuse(
            "R330",
            f"the notifier {path!r} cannot be made: {error}",
            where="RETENTION_NOTIFIER",
            remedy="name an importable notifier class, and its arguments as a JSON object in RETENTION_NOTIFIER_PARAMS",
        ) from None
    if not isinstance(made, BaseNotifier):
        raise refuse(
            "R330",
            f"{path!r} is no notifier of Airflow",
            where="RETENTION_NOTIFIER",
            remedy="name a subclass of airflow.sdk.BaseNotifier",
        )
    return made


def _class_at(path: str) -> Any:
    import importlib

    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
