"""settings.yaml -> settings of the model. What is left out has the safe default."""

from __future__ import annotations

from typing import Any

from retention.model.rule import Limits
from retention.model.settings import Settings
from retention.policy.documents.settings import SettingsDocument

_LOOSER_WHEN_LARGER = ("plan_lifetime_minutes", "full_sweep_every_days", "originals_lifetime_days")


def convert_settings(document: SettingsDocument) -> Settings:
    """``relaxed`` names what is looser than the safe defaults, in the order of the file's reference."""
    given: dict[str, Any] = {
        name: getattr(document, name)
        for name in SettingsDocument.model_fields
        if name not in ("version", "limits") and getattr(document, name) is not None
    }
    if document.limits is not None:
        given["limits"] = Limits(share=document.limits.share, groups=document.limits.groups)
    return Settings(**given, relaxed=tuple(_relaxed(Settings(**given))))


def _relaxed(settings: Settings) -> list[str]:
    safe = Settings()
    names = []
    if settings.limits.share > safe.limits.share or settings.limits.groups > safe.limits.groups:
        names.append("limits")
    if settings.cool_down.shortest_days < safe.cool_down.shortest_days:
        names.append("cool_down")
    if settings.conflict_deadline.shortest_days > safe.conflict_deadline.shortest_days:
        names.append("conflict_deadline")
    if not settings.first_run_is_plan_only:
        names.append("first_run_is_plan_only")
    names += [name for name in _LOOSER_WHEN_LARGER if getattr(settings, name) > getattr(safe, name)]
    return names
