"""retention ledger show | verify | export"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.verb import verb
from retention.model.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.ledger import LedgerEntry, LedgerVerification

app = typer.Typer(help="What was done, in a chain that shows every later change.", no_args_is_help=True)


def ledger_show(
    call: Call,
    last: Annotated[int, typer.Option("--last", metavar="N", min=1, max=100_000, help="So many entries.")] = 20,
) -> Answer:
    """Show the last entries, oldest first. They hold counts, names and digests, no value of a person."""
    import json

    with call.deployment() as deployment:
        entries = deployment.control.ledger.latest(last)
    data = [
        {"sequence": entry.sequence, "at": entry.at, "kind": entry.kind, "body": json.loads(entry.body)}
        for entry in entries
    ]

    def show(console: Console) -> None:
        from retention.cli.screen import table

        rows = [(entry.sequence, f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.kind, _brief(entry)) for entry in entries]
        table(console, ("entry", "at", "what", "which"), rows)

    return Answer(data=data, show=show)


def ledger_verify(
    call: Call,
    heads: Annotated[
        list[Path] | None, typer.Argument(metavar="[HEAD]...", help="Heads that were exported before.")
    ] = None,
) -> Answer:
    """Find any edit, gap, swap or truncation, up to the latest exported head. Exit code 1 where there is any."""
    from retention.runtime.ledger import read_head
    from retention.runtime.ledger import verify as examined

    with call.deployment() as deployment:
        found = examined(deployment, [read_head(path) for path in heads or ()])

    def show(console: Console) -> None:
        _show(console, found)

    return Answer(
        data=found, show=show, problems=found.problems, exit_code=ExitCode.OK if found.passed else ExitCode.FAILED
    )


def ledger_export(
    call: Call, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new one, or one to replace.")]
) -> Answer:
    """Sign the end of the ledger and write it to a file. Keep that where nobody who can write the ledger can."""
    from retention.runtime.ledger import export_head

    with call.deployment() as deployment:
        head = export_head(deployment, file)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        line(console, f"entry {head.sequence}, signed {head.signed_at:%Y-%m-%d %H:%M:%S} UTC: {file}")

    return Answer(data={"file": file, "head": head}, show=show)


_TOLD = {
    "hold": "",
    "name": "",
    "fact": "",
    "subjects": "subjects: ",
    "written": "written: ",
    "expired": "expired: ",
    "run_id": "",
    "rule_id": "",
    "action": "",
    "groups": "groups: ",
    "groups_deleted": "deleted: ",
    "groups_pseudonymized": "pseudonymized: ",
    "problems": "problems: ",
    "by": "by ",
}

app.command("show")(verb(ledger_show))
app.command("verify")(verb(ledger_verify))
app.command("export")(verb(ledger_export))


def _brief(entry: LedgerEntry) -> str:
    """What tells entries apart for people; the rest is for programs."""
    import json

    body = json.loads(entry.body)
    return ", ".join(f"{_TOLD[name]}{body[name]}" for name in _TOLD if name in body)


def _show(console: Console, found: LedgerVerification) -> None:
    from retention.cli.screen import line

    line(console, f"{found.entries:,} entries, {found.heads} signed heads, {found.exported} of them exported ones")
    if found.compared:
        line(console, f"compared with the journals of {', '.join(found.compared)}")
    for dataset, why in found.not_compared:
        line(console, f"not compared with the journal of {dataset}: {why}")
    if not found.exported:
        line(console, "give exported heads too: only they show whether all of it was rewritten")
    line(console, "the ledger is whole" if found.passed else "the ledger was changed", style="bold")
