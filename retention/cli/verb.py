"""What every verb has in common: the global options, the answer in one of two forms, errors, the exit code."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from retention.cli.answer import Answer
from retention.cli.call import RULES, Call
from retention.model.errors import Problem

_PANEL = "Global options"
Rules = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        envvar="RETENTION_RULES",
        help=f"Folder of the rules; left out: {RULES}.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="RETENTION_HOME",
        help="Folder of control store, keys and reports; left out: .retention.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.", rich_help_panel=_PANEL)]
_GLOBAL: dict[str, Any] = {"rules": Rules, "home": Home, "as_json": AsJson}


def verb(function: Callable[..., Answer]) -> Callable[..., None]:
    """Make a command of a function whose first parameter is the Call. Its name is the kind of its JSON answers."""

    def command(ctx: typer.Context, rules: Path | None, home: Path | None, as_json: bool, **given: Any) -> None:
        before: Call | None = ctx.obj
        call = Call(
            rules=rules or (before.rules if before else RULES),
            home=home or (before.home if before else None),
            as_json=as_json or bool(before and before.as_json),
        )
        raise typer.Exit(_answered(call, function.__name__, lambda: function(call, **given)))

    first, *own = inspect.signature(function, eval_str=True).parameters.values()
    assert first.name == "call", function.__name__
    parameters = [
        Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context),
        *(parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own),
        *(
            Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind, default=False if kind is AsJson else None)
            for name, kind in _GLOBAL.items()
        ),
    ]
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    return command


def _answered(call: Call, kind: str, work: Callable[[], Answer]) -> int:
    """Run, print, and give the exit code."""
    from retention.cli.refusals import told

    try:
        answer = work()
    except Exception as error:  # noqa: BLE001  every one is told, none with a row's values in it
        problems, exit_code = told(error)
        tell_problems(kind, problems, as_json=call.as_json)
        return exit_code
    if call.as_json:
        from retention.cli.envelope import envelope

        sys.stdout.write(envelope(answer.kind or kind, answer.data, answer.problems) + "\n")
        return answer.exit_code
    from retention.cli import screen

    answer.show(screen.output())
    if answer.problems:
        sys.stdout.flush()
        screen.problems(screen.errors(), answer.problems)
    return answer.exit_code


def tell_problems(kind: str, problems: tuple[Problem, ...], *, as_json: bool) -> None:
    """A refusal: on standard error for people, as an envelope without data for programs."""
    if as_json:
        from retention.cli.envelope import envelope

        sys.stdout.write(envelope(kind, None, problems) + "\n")
        return
    from retention.cli import screen

    screen.problems(screen.errors(), problems)
