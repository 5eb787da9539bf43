"""A word that is a verb by itself, and has other verbs below it."""

from __future__ import annotations

from typing import Any, ClassVar

from typer.core import TyperGroup


class DefaultVerb(TyperGroup):
    """``retention plan crm`` means ``retention plan preview crm``: a first word that names no verb is an argument."""

    default: ClassVar[str] = "preview"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else [self.default, *args])
