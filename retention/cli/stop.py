"""retention stop, retention resume"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.person import Token
from retention.model.errors import ExitCode, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from retention.runtime.stop import SwitchReceipt


def stop(
    call: Call, reason: Annotated[str, typer.Option("--reason", help="Why; no person's name.")], token: Token = None
) -> Answer:
    """Halt every run within one batch, and let none begin, until `retention resume`."""
    from retention.runtime import stop as switch
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        receipt = switch.stop(deployment, who_acts(deployment, token), reason)
    return _answer(receipt, "stopped: no batch begins", "stopped in the control store; here it could not be said:")


def resume(call: Call, token: Token = None) -> Answer:
    """Let runs begin again."""
    from retention.runtime import stop as switch
    from retention.runtime.persons import who_acts

    with call.deployment() as deployment:
        receipt = switch.resume(deployment, who_acts(deployment, token))
    return _answer(receipt, "runs may begin again", "it stays stopped here:")


def _answer(receipt: SwitchReceipt, reached: str, not_reached: str) -> Answer:
    def show(console: Console) -> None:
        from retention.cli.screen import line

        if receipt.stop is not None:
            since = receipt.stop.since.isoformat(timespec="seconds")
            line(console, f"stopped since {since} by {receipt.stop.by}: {receipt.stop.reason}", style="bold")
        for dataset in receipt.reached:
            line(console, f"{dataset}: {reached}")

    problems = tuple(
        Problem(
            code="R413",
            what=f"{not_reached} {why}",
            where=f"dataset {dataset}",
            remedy="the same command again, once the dataset can be reached",
        )
        for dataset, why in receipt.not_reached
    )
    return Answer(data=receipt, show=show, problems=problems, exit_code=ExitCode.FAILED if problems else ExitCode.OK)
