"""Where files lie: rules/<dataset>/<name>.yaml, statutes/<jurisdiction>.yaml, and none where it would be overlooked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from retention.model.dataset import Dataset, Source
from retention.policy.finding import Finding
from retention.policy.naming import choose_from

RULES = "rules"
_LOOKS_LIKE_RULES = (".yaml", ".yml", ".json", ".toml", ".yaml.txt")


def rule_files(root: Path) -> list[Path]:
    """In name order. Hidden files (an editor's) are left out."""
    return sorted(path for path in (root / RULES).glob("*/*.yaml") if not path.name.startswith("."))


def misplaced(root: Path, datasets: Mapping[str, Dataset]) -> Iterator[Finding]:
    """Files that somebody may take for rules, and folders that are named after no dataset."""
    taken = set(rule_files(root))
    for path in sorted((root / RULES).rglob("*")):
        name = path.relative_to(root)
        if any(part.startswith(".") for part in name.parts):
            continue
        at = Source(file=name.as_posix(), line=1)
        if path.is_file() and path not in taken and path.name.endswith(_LOOKS_LIKE_RULES):
            yield Finding(
                code="R115",
                at=at,
                what="this file lies where it is not read as a rule",
                remedy="move it to rules/<dataset>/<name>.yaml (ending in .yaml), or take it out of rules/",
            )
        elif path in taken and path.parent.name not in datasets:
            yield Finding(
                code="R115",
                at=at,
                what=f"the folder {path.parent.name!r} is not named after a dataset",
                remedy=choose_from(path.parent.name, datasets, what="datasets"),
            )


def overlooked(root: Path, folder: str, place: str) -> Iterator[Finding]:
    """Files that somebody may take for a part of the folder, whose files lie flat in it and end in .yaml."""
    for path in sorted((root / folder).rglob("*")):
        name = path.relative_to(root)
        read = path.parent == root / folder and path.suffix == ".yaml"
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not read and not hidden and path.name.endswith(_LOOKS_LIKE_RULES):
            what = f"this file lies where it is not read as one of the {folder}"
            remedy = f"move it to {place} (ending in .yaml), or take it out of {folder}/"
            yield Finding(code="R115", at=Source(file=name.as_posix(), line=1), what=what, remedy=remedy)
