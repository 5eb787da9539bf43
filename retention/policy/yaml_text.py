"""YAML text -> plain data that remembers its lines. What could surprise a reader of the file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser

from retention.model.dataset import Source
from retention.policy.finding import Finding, Refused

KeyPath: TypeAlias = tuple[str | int, ...]

LARGEST_FILE = 4_000_000  # bytes; a rule has a few thousand, a snapshot of a thousand tables some hundred thousand
DEEPEST = 30  # levels of nesting
REMEMBERED = 256  # texts; a process opens the same folder of rules again and again
_TAG = "tag:yaml.org,2002:"
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """``data`` holds mappings with text keys, lists, str, int, bool, Decimal, date and None. ``lines`` gives the line
    of every key and list item by its path, the empty path being the first line of the document; ``columns`` where in
    that line it begins, from 1."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    columns: Mapping[KeyPath, int] = field(default_factory=dict)

    def at(self, *path: str | int) -> Source:
        """Where the path stands; of a path that is not there, where the nearest thing around it stands."""
        while path and path not in self.lines:
            path = path[:-1]
        return Source(file=self.file, line=self.lines.get(path, 1), column=self.columns.get(path, 1))


def read_yaml(path: Path, name: str) -> Parsed:
    """Read one file; ``name`` is what messages call it. Raises Refused with the findings."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _refused(
                "R101",
                name,
                1,
                f"the file is larger than {LARGEST_FILE // 1_000_000} MB",
                "split it, or check whether it is the right file",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise _refused(
            "R100", name, 1, f"the file cannot be read: {error.strerror}", "check the name and the permissions"
        ) from None
    return _remembered(_decode(raw, name), name)


def parse_yaml(text: str, name: str) -> Parsed:
    """Parse one document. Raises Refused with the findings."""
    try:
        node = _composed(text, name)
    except MarkedYAMLError as error:
        raise _syntax(error, text, name) from None
    except (YAMLError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise _refused("R102", name, 1, f"this is not YAML: {what}", "save the file as plain text") from None
    except RecursionError:
        raise _too_deep(name, 1) from None
    if not isinstance(node, MappingNode):
        what = "the file is empty" if node is None else "the file holds no mapping of keys to values"
        raise _refused("R105", name, 1, what, "begin it with `version: 1`, and go on with one `key: value` a line")
    reader = _Reader(name)
    reader.mark((), node)
    data = reader.value(node, ())
    if reader.findings:
        raise Refused(*reader.findings)
    return Parsed(file=name, data=data, lines=reader.lines, columns=reader.columns)


class _Reader:
    """Walks the nodes; collects every duplicate key and unreadable value instead of stopping at the first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}
        self.columns: dict[KeyPath, int] = {}
        self.findings: list[Finding] = []

    def mark(self, path: KeyPath, node: Node) -> None:
        """Remember where the node begins."""
        self.lines[path], self.columns[path] = node.start_mark.line + 1, node.start_mark.column + 1

    def value(self, node: Node, path: KeyPath) -> Any:
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self._item(item, (*path, position)) for position, item in enumerate(node.value)]
            case _:
                return self._scalar(node)

    def _item(self, node: Node, path: KeyPath) -> Any:
        self.mark(path, node)
        return self.value(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._find("R105", key_node, "a key must be a plain word", "write `key: value`")
                continue
            key = str(key_node.value)
            if key in data:
                first = self.lines[(*path, key)]
                self._find(
                    "R103",
                    key_node,
                    f"the key {key!r} stands here a second time (first in line {first})",
                    "keep one of both",
                )
                continue
            self.mark((*path, key), key_node)
            data[key] = self.value(value_node, (*path, key))
        return data

    def _scalar(self, node: Node) -> Any:
        text = str(node.value)
        try:
            match str(node.tag).removeprefix(_TAG):
                case "null":
                    return None
                case "bool":
                    return _TRUTH[text.lower()]
                case "int":
                    return int(text.replace("_", ""), 0 if text.lower().startswith(("0x", "0o", "0b")) else 10)
                case "float":
                    return _decimal(text)
                case "timestamp":
                    return date.fromisoformat(text)
                case _:
                    return text
        except (ValueError, InvalidOperation, KeyError):
            return text  # what reads it says what it expects; a time of day stays the text that it is

    def _find(self, code: str, node: Node, what: str, remedy: str) -> None:
        at = Source(file=self.name, line=node.start_mark.line + 1, column=node.start_mark.column + 1)
        self.findings.append(Finding(code=code, at=at, what=what, remedy=remedy))


def _decimal(text: str) -> Decimal:
    number = Decimal(text.replace("_", ""))
    if not number.is_finite():
        raise ValueError(text)
    return number


class _Watched(Parser):
    """Refuses what surprises, event by event, before anything is made of it: anchors (a small file can blow up), tags
    (can mean anything), several documents, bottomless nesting."""

    def __init__(self, name: str, loader: Any) -> None:
        super().__init__(loader)
        self._name = name
        self._documents = self._depth = 0

    def get_event(self) -> Any:
        event = super().get_event()
        name, line, column = self._name, event.start_mark.line + 1, event.start_mark.column + 1
        self._depth += _STEP.get(type(event), 0)
        self._documents += isinstance(event, DocumentStartEvent)
        if self._documents > 1:
            raise _refused("R105", name, line, "a second document begins here (---)", "put it into a file of its own")
        if self._depth > DEEPEST:
            raise _too_deep(name, line)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _refused(
                "R104",
                name,
                line,
                "anchors (&name) and aliases (*name) are not read here",
                "write the value out where it is used",
                column=column,
            )
        if isinstance(event, NodeEvent) and (tag := _tag_of(event)):
            what = f"the tag {tag} is not read here"
            raise _refused("R104", name, line, what, "leave the tag out, and write a plain value", column=column)
        return event


_STEP = {MappingStartEvent: 1, SequenceStartEvent: 1, MappingEndEvent: -1, SequenceEndEvent: -1}


@lru_cache(maxsize=REMEMBERED)
def _remembered(text: str, name: str) -> Parsed:
    """Nobody changes what was parsed, so that a file that is as it was need not be parsed again."""
    return parse_yaml(text, name)


def _composed(text: str, name: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.Parser = partial(_Watched, name)
    node: Node | None = yaml.compose(text)
    return node


def _tag_of(event: Any) -> str:
    tag = getattr(event, "tag", None)
    return str(tag).replace(_TAG, "!!") if tag is not None and str(tag) != "!" else ""


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _refused(
            "R101",
            name,
            line,
            "the file is not UTF-8 text",
            "save it in the encoding UTF-8 (most editors: save as, UTF-8)",
        ) from None


def _syntax(error: MarkedYAMLError, text: str, name: str) -> Refused:
    problem = str(error.problem or "the text cannot be read").removesuffix(".")
    endless = "end of stream" in problem and error.context_mark  # then the place where it began says more than the end
    mark = error.context_mark if endless else error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    content = (text.splitlines() or [""])[min(line, len(text.splitlines())) - 1] if text.strip() else ""
    if "\t" in content[: len(content) - len(content.lstrip())]:
        return _refused(
            "R102", name, line, "the line is indented by a tab", "indent by spaces: YAML does not read tabs"
        )
    return _refused(
        "R102",
        name,
        line,
        f"this is not YAML: {problem}",
        "look at this line and the one before: indentation, a missing colon, an open quote or bracket; "
        "put quotes around a text that contains a colon or a #",
        column=mark.column + 1 if mark else 1,
    )


def _too_deep(name: str, line: int) -> Refused:
    return _refused("R104", name, line, f"values are nested deeper than {DEEPEST} levels", "write it flatter")


def _refused(code: str, name: str, line: int, what: str, remedy: str, *, column: int = 1) -> Refused:
    at = Source(file=name, line=line, column=column)
    return Refused(Finding(code=code, at=at, what=what, remedy=remedy))
