"""retention verify"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.model.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.run import RunState, Verification
    from retention.runtime.verify_sealed import LookedAgain


def verify(
    call: Call, run: Annotated[str, typer.Argument(metavar="RUN", help="`retention status` lists runs.")]
) -> Answer:
    """Look at a run's data again, by other means than those that changed it.

    A run that is not sealed is sealed if it passes. A sealed run's key is destroyed, by which its originals were looked
    for: what cannot be told for that reason alone is no fault, since it was told when the run was sealed.
    """
    from retention.cli.progress import told
    from retention.model.run import RunState
    from retention.runtime.seal import seal
    from retention.runtime.verify_run import verify_run
    from retention.runtime.verify_sealed import verify_sealed

    with call.deployment() as deployment, told(run) as tell:
        tell("verify", 0, 1)
        runs = deployment.control.runs
        again = verify_sealed(deployment, run) if runs.run(run).state is RunState.SEALED else None
        found = again.found if again else verify_run(deployment, run)
        if again is None:
            tell("seal", 0, 1)
            seal(deployment, run)
        state = runs.run(run).state

    def show(console: Console) -> None:
        _show(console, found)
        _end(console, found, state, again)

    passed = again.passed if again else found.passed
    data = {
        "verification": found,
        "passed": passed,
        "state": state,
        "at_sealing": again.recorded if again else None,
        "untold_without_the_key": again.untold if again else 0,
    }
    return Answer(data=data, show=show, exit_code=ExitCode.OK if passed else ExitCode.FAILED)


def _show(console: Console, found: Verification) -> None:
    from retention.cli.screen import line, table
    from retention.runtime.words import BY, OUTCOMES, check_in_words

    columns = ("outcome", "promise", "where", "examined", "violate it", "unknown", "by")
    rows = [
        (
            OUTCOMES[check.outcome],
            check_in_words(check.name),
            f"{check.table or check.rule_id}{'.' if check.column else ''}{check.column}",
            check.examined,
            check.violations,
            check.unknown,
            BY.get(check.by, check.by),
        )
        for check in found.checks
    ]
    table(console, columns, rows, whole=("where", "by"))
    for check in found.checks:
        if check.note:
            line(console, f"{check_in_words(check.name)}, {check.table}: {check.note}")
    for words in found.not_examined:
        line(console, f"not examined: {words}")


def _end(console: Console, found: Verification, state: RunState, again: LookedAgain | None) -> None:
    from retention.cli.screen import line
    from retention.runtime.words import STATES, counted, good_checks

    if again is None or not again.passed:
        words = f"verification {'passed' if found.passed else 'did not pass'}; the run is {STATES[state]}"
    elif again.untold:
        words = (
            f"nothing is wrong; {counted(again.untold, 'check')} cannot be told any more: the run is sealed, its "
            f"key and its lists destroyed; at sealing {good_checks(again.recorded)} passed"
        )
    else:
        words = f"nothing is wrong; the run is sealed; at sealing {good_checks(again.recorded)} passed"
    line(console, words, style="bold")
