"""retention lint"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import ExitCode, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.rule import RuleSet
    from retention.policy import Loaded


class Format(StrEnum):
    TEXT = "text"
    GITHUB = "github"  # annotations of a pull request


def lint(
    call: Call,
    form: Annotated[
        Format, typer.Option("--format", metavar="text|github", help="github: annotations of a pull request.")
    ] = Format.TEXT,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="FOLDER", help="An earlier state of the folder: remark on what changed."),
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Remark on what cools down, by what the control store has on record.")
    ] = False,
) -> Answer:
    """Check every rule file, offline. Problems refuse, exit code 2; remarks are worth a look."""
    from retention.policy import load

    loaded = load(call.rules)
    if loaded.rules is not None:
        remarks = (*loaded.remarks, *_changes(call, loaded.rules, since, recorded))
        loaded = replace(loaded, remarks=remarks)

    def show(console: Console) -> None:
        (_annotations if form is Format.GITHUB else _text)(console, call, loaded)

    data = {
        "rules": [] if loaded.rules is None else [rule.id for rule in loaded.rules.rules],
        "digest": None if loaded.rules is None else loaded.rules.digest,
        "problems": loaded.problems,
        "remarks": loaded.remarks,
    }
    return Answer(data=data, show=show, exit_code=ExitCode.REFUSED if loaded.problems else ExitCode.OK)


def _changes(call: Call, rules: RuleSet, since: Path | None, recorded: bool) -> Iterator[Problem]:
    if since is not None:
        from retention.policy import changed_since
        from retention.runtime.clock import SystemClock

        yield from changed_since(since, call.rules, rules, SystemClock().now())
    if recorded:
        from retention.runtime.changes_on_record import remarks_on_record

        with call.deployment() as deployment:
            yield from remarks_on_record(deployment)


def _text(console: Console, call: Call, loaded: Loaded) -> None:
    from rich.text import Text

    from retention.cli.screen import line
    from retention.runtime.words import counted

    for style, word, found in (("bold red", "", loaded.problems), ("yellow", "remark ", loaded.remarks)):
        for problem in found:
            where = _path(call, problem)
            console.print(Text(f"{where}: ").append(f"{word}{problem.code}", style=style), problem.what, soft_wrap=True)
            line(console, f"  what to do: {problem.remedy}")
    rules = "no rule can be used" if loaded.rules is None else counted(len(loaded.rules.rules), "rule")
    line(console, f"{rules}, {counted(len(loaded.problems), 'problem')}, {counted(len(loaded.remarks), 'remark')}")


def _annotations(console: Console, call: Call, loaded: Loaded) -> None:
    from retention.cli.screen import line

    for level, found in (("error", loaded.problems), ("warning", loaded.remarks)):
        for problem in found:
            path, _, number = _path(call, problem).rpartition(":")
            text = f"{problem.what}; what to do: {problem.remedy}".replace("%", "%25").replace("\n", "%0A")
            line(console, f"::{level} file={path},line={number},title={problem.code}::{text}")


def _path(call: Call, problem: Problem) -> str:
    """file:line as it can be opened from here."""
    return str(call.rules / problem.where)
