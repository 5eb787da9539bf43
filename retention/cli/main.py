"""Where the command `retention` begins."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from retention.cli.app import app
from retention.cli.verb import tell_problems
from retention.model.errors import ExitCode, Problem

INTERRUPTED = 130  # what shells say of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line. Exit codes: 0 ok; 1 it ran, and something failed or could not be told; 2 refused, and
    nothing was written; 130 interrupted from the keyboard."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=given, prog_name="retention", standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _not_understood(error, as_json="--json" in given)
    if code == INTERRUPTED:
        sys.stderr.write("Interrupted. What was committed stays; `retention status` says how to go on.\n")
    return code if isinstance(code, int) else ExitCode.OK


def _not_understood(error: Exception, *, as_json: bool) -> int:
    """A command line that typer could not read. It says itself what is wrong."""
    if as_json:
        what = str(error.format_message())  # type: ignore[attr-defined]
        remedy = "`retention --help`, or --help after a verb, lists what there is"
        problem = Problem(code="R001", what=what, where="command line", remedy=remedy)
        tell_problems("usage", (problem,), as_json=True)
    else:
        error.show()  # type: ignore[attr-defined]
    return ExitCode.REFUSED
