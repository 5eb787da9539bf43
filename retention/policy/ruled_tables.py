"""Which tables rule files speak for, drafts included that cannot be used yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention.model.schema import Schema
from retention.policy.finding import Refused
from retention.policy.places import rule_files
from retention.policy.yaml_text import read_yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledTables:
    """Of one dataset. ``files``: table to the file that names it as root or member, relative to the rules folder.
    ``kinds``: what the people of a table are called where each of its rows is one."""

    files: Mapping[str, str]
    kinds: Mapping[str, str]


def ruled_tables(rules_dir: Path, dataset_id: str, schema: Schema) -> RuledTables:
    """Files that are no YAML speak for nothing."""
    files: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for path in rule_files(rules_dir):
        name = path.relative_to(rules_dir).as_posix()
        try:
            data = read_yaml(path, name).data
        except Refused:
            continue
        if data.get("dataset") != dataset_id:
            continue
        for table in _tables(data):
            files.setdefault(table, name)
        kinds |= dict(_people(data, schema))
    return RuledTables(files=files, kinds=kinds)


def _tables(data: Mapping[str, Any]) -> Iterator[str]:
    members = data.get("goes_with")
    for entry in (data, *(members if isinstance(members, list) else ())):
        if isinstance(entry, Mapping) and isinstance(entry.get("table"), str):
            yield entry["table"]


def _people(data: Mapping[str, Any], schema: Schema) -> Iterator[tuple[str, str]]:
    """The rule's own table, where its primary key identifies the person."""
    subject, table = data.get("subject"), schema.tables.get(str(data.get("table")))
    if not isinstance(subject, Mapping) or table is None or subject.get("path"):
        return
    if (subject.get("key"),) == table.primary_key and isinstance(subject.get("kind"), str):
        yield table.name, subject["kind"]
