"""retention lint"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    from retention.cli.lint_forms import Found
    from retention.model.rule import RuleSet
    from retention.policy import Loaded


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"  # the same as --json
    SARIF = "sarif"
    GITHUB = "github"  # annotations of a pull request


def lint(
    call: Call,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="text|json|sarif|github",
            help="sarif: SARIF 2.1.0, for code scanning. github: annotations of a pull request. json: as --json.",
        ),
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
    from retention.cli.envelope import envelope
    from retention.cli.lint_forms import annotation, document, found_in, sarif
    from retention.cli.screen import line
    from retention.policy import load

    loaded = load(call.rules)
    if loaded.rules is not None:
        remarks = (*loaded.remarks, *_changes(call, loaded.rules, since, recorded))
        loaded = replace(loaded, remarks=remarks)

    found = (*found_in(call.rules, loaded.problems), *found_in(call.rules, loaded.remarks, remarks=True))
    data = {
        "rules": [] if loaded.rules is None else [rule.id for rule in loaded.rules.rules],
        "digest": None if loaded.rules is None else loaded.rules.digest,
        "problems": [document(one) for one in found if not one.remark],
        "remarks": [document(one) for one in found if one.remark],
    }

    def show(console: Console) -> None:
        match form:
            case Format.TEXT:
                _text(console, found, loaded)
            case Format.JSON:
                line(console, envelope("lint", data))
            case Format.SARIF:
                line(console, sarif(found))
            case Format.GITHUB:
                for one in found:
                    line(console, annotation(one))

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


def _text(console: Console, found: Sequence[Found], loaded: Loaded) -> None:
    from rich.text import Text

    from retention.cli.screen import line
    from retention.runtime.words import counted

    for one in found:
        word, style = ("remark ", "yellow") if one.remark else ("", "bold red")
        head = Text(f"{one}: ").append(f"{word}{one.problem.code}", style=style)
        console.print(head, one.problem.what, soft_wrap=True, markup=False)
        line(console, f"  what to do: {one.problem.remedy}")
    rules = "no rule can be used" if loaded.rules is None else counted(len(loaded.rules.rules), "rule")
    line(console, f"{rules}, {counted(len(loaded.problems), 'problem')}, {counted(len(loaded.remarks), 'remark')}")
