"""retention verify"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.run import Verification


def verify(
    call: Call, run: Annotated[str, typer.Argument(metavar="RUN", help="`retention status` lists runs.")]
) -> Answer:
    """Look at a run's data again, by other means than those that changed it.

    A run that is not sealed is sealed if it passes. Of a sealed run the keys are destroyed by which its originals were
    looked for: that cannot be told any more.
    """
    from retention.cli.progress import told
    from retention.model.run import RunState
    from retention.runtime.seal import seal
    from retention.runtime.verify_run import verify_run

    with call.deployment() as deployment, told(run) as tell:
        tell("verify", 0, 1)
        runs = deployment.control.runs
        before = runs.verification(run) if runs.run(run).state is RunState.SEALED else None
        found = verify_run(deployment, run)
        if before is None:
            tell("seal", 0, 1)
            seal(deployment, run)
        else:  # what was found while its originals could be looked for stays on record
            runs.save_verification(run, before)
        state = runs.run(run).state

    def show(console: Console) -> None:
        _show(console, found, state)

    code = ExitCode.OK if found.passed else ExitCode.FAILED
    return Answer(data={"verification": found, "passed": found.passed, "state": state}, show=show, exit_code=code)


def _show(console: Console, found: Verification, state: object) -> None:
    from retention.cli.screen import line, table
    from retention.runtime.words import OUTCOMES, check_in_words

    columns = ("promise", "where", "examined", "violate it", "unknown", "outcome", "by")
    rows = [
        (
            check_in_words(check.name),
            f"{check.table or check.rule_id}{'.' if check.column else ''}{check.column}",
            check.examined,
            check.violations,
            check.unknown,
            OUTCOMES[check.outcome],
            check.by.replace("_", " "),
        )
        for check in found.checks
    ]
    table(console, columns, rows)
    for check in found.checks:
        if check.note:
            line(console, f"{check_in_words(check.name)}, {check.table}: {check.note}")
    for words in found.not_examined:
        line(console, f"not examined: {words}")
    line(console, f"verification {'passed' if found.passed else 'did not pass'}; the run is {state}", style="bold")
