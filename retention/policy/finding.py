"""What a check has to say about a line of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retention.model.dataset import Source
from retention.model.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``remark`` True: worth a look, nothing is refused for it."""

    code: str
    at: Source
    what: str
    remedy: str
    remark: bool = False

    @property
    def problem(self) -> Problem:
        return problem_at(self.at, self.code, self.what, self.remedy)


def problem_at(at: Source, code: str, what: str, remedy: str) -> Problem:
    """What a reader is told of a place in a file."""
    return Problem(code=code, what=what, where=str(at), remedy=remedy, column=at.column)


class Refused(Exception):
    """A file cannot be used; the findings say why. Stays inside of this package: ``load`` turns it into problems."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(str(finding.problem) for finding in findings))
        self.findings = findings


def in_reading_order(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """By file and line, each once."""
    ordered = sorted(findings, key=lambda finding: (finding.at.file, finding.at.line, finding.code, finding.what))
    return tuple(dict.fromkeys(finding.problem for finding in ordered))
