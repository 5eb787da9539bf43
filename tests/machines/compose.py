"""docker-compose.yml as a value: its services, and the environment that it gives them, with secrets filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+):\?([^}]*)\}")


def services() -> Mapping[str, Mapping[str, Any]]:
    """By name, with anchors and merges resolved; variables stand as they are written."""
    found: Mapping[str, Mapping[str, Any]] = YAML(typ="safe").load(FILE)["services"]
    return found


def required(text: str) -> frozenset[str]:
    """The variables that a text demands."""
    return frozenset(match[1] for match in _VARIABLE.finditer(text))


def filled(text: str, secrets: Mapping[str, str]) -> str:
    """Raises KeyError for a variable that has no value."""
    return _VARIABLE.sub(lambda match: secrets[match[1]], text)


def environment(service: str, secrets: Mapping[str, str]) -> dict[str, str]:
    return {name: filled(str(value), secrets) for name, value in services()[service]["environment"].items()}
