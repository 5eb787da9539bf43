"""What lint found, for programs: SARIF, workflow commands of GitHub, JSON. Every value in it stands in the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retention import __version__
from retention.cli.code_meanings import meanings
from retention.model.errors import Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"  # the folder from which lint was called: that of the repository
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}  # as the runner of workflows reads them back
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``path``: from the folder from which lint was called where it lies below it, else absolute."""

    problem: Problem
    remark: bool
    path: Path
    line: int

    @property
    def level(self) -> str:
        return "warning" if self.remark else "error"

    @property
    def column(self) -> int:
        return max(1, self.problem.column)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def found_in(rules: Path, problems: Iterable[Problem], *, remarks: bool = False) -> tuple[Found, ...]:
    """``rules``: the folder to which the places of the problems are relative."""
    return tuple(_found(rules, problem, remarks) for problem in problems)


def _found(rules: Path, problem: Problem, remark: bool) -> Found:
    file, _, number = problem.where.rpartition(":")
    path, here = rules / file, Path.cwd()
    if path.is_absolute() and path.is_relative_to(here):
        path = path.relative_to(here)
    return Found(problem=problem, remark=remark, path=path, line=int(number))


def document(found: Found) -> dict[str, Any]:
    """For JSON: ``where`` as in every answer, and its parts."""
    problem = found.problem
    return {
        "code": problem.code,
        "what": problem.what,
        "where": problem.where,
        "remedy": problem.remedy,
        "file": found.path.as_posix(),
        "line": found.line,
        "column": found.column,
    }


# -- GitHub ------------------------------------------------------------------------------------------------------


def annotation(found: Found) -> str:
    """One workflow command: an annotation of a line of a pull request."""
    said = f"{found.problem.what}\nwhat to do: {found.problem.remedy}"
    at = f"file={_escaped(found.path.as_posix(), _PROPERTY)},line={found.line},col={found.column}"
    title = _escaped(found.problem.code, _PROPERTY)
    return f"::{found.level} {at},title={title}::{_escaped(said, _DATA)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)


# -- SARIF -------------------------------------------------------------------------------------------------------


def sarif(found: Iterable[Found]) -> str:
    """A log of SARIF 2.1.0 (OASIS) with one run."""
    results = list(found)
    codes = sorted({one.problem.code for one in results})
    driver = {"name": "retention lint", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"uri": f"{Path.cwd().as_uri()}/"}},
        "results": [_result(one, codes) for one in results],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    meaning = meanings().get(code, f"see docs/reference/errors.md, {code}")
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "help": {"text": f"{code}: {meaning}. Each result says what to do. All codes: docs/reference/errors.md"},
    }


def _result(found: Found, codes: list[str]) -> dict[str, Any]:
    return {
        "ruleId": found.problem.code,
        "ruleIndex": codes.index(found.problem.code),
        "level": found.level,
        "message": {"text": f"{found.problem.what}\nwhat to do: {found.problem.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(found.path),
                    "region": {"startLine": found.line, "startColumn": found.column},
                }
            }
        ],
    }


def _artifact(path: Path) -> dict[str, str]:
    if path.is_absolute() or ".." in path.parts:
        return {"uri": path.resolve().as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": _ROOT}
