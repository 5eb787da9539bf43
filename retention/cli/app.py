"""The verbs of the command line, in the order in which a newcomer meets them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from retention.cli import (
    claim,
    dataset,
    explain,
    facts,
    forecast,
    hold,
    init,
    key,
    ledger,
    lint,
    plan,
    report,
    rule,
    rules,
    run,
    sample,
    schedule,
    snapshot,
    status,
    statutes,
    stop,
)
from retention.cli import token as token_verb
from retention.cli import verify as verify_verb
from retention.cli.call import RULES, Call
from retention.cli.verb import AsJson, Home, Rules, verb

HELP = """Delete or pseudonymize personal data when its time has come, by rules that people can review.

Exit codes: 0 ok; 1 it ran, and something failed or could not be told; 2 refused, and nothing was written.
"""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(asked: bool) -> None:
    if asked:
        from retention import __version__

        sys.stdout.write(f"retention {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    rules: Rules = None,
    home: Home = None,
    as_json: AsJson = False,
    version: Annotated[
        bool, typer.Option("--version", help="Say which release this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """The global options may stand before the verb or after it."""
    ctx.obj = Call(rules=rules or RULES, home=home, as_json=as_json)


options.__doc__ = HELP

app.command("init")(verb(init.init))
app.command("snapshot")(verb(snapshot.snapshot))
app.command("lint")(verb(lint.lint))
app.add_typer(rule.app, name="rule")
app.add_typer(plan.app, name="plan")
app.add_typer(rules.app, name="rules")
app.add_typer(statutes.app, name="statutes")
app.command("schedule")(verb(schedule.schedule))
app.command("forecast")(verb(forecast.forecast))
app.command("explain")(verb(explain.explain))
app.command("run")(verb(run.run))
app.command("verify")(verb(verify_verb.verify))
app.command("status")(verb(status.status))
app.command("report")(verb(report.report))
app.command("stop")(verb(stop.stop))
app.command("resume")(verb(stop.resume))
app.add_typer(hold.app, name="hold")
app.add_typer(claim.app, name="claim")
app.add_typer(facts.app, name="facts")
app.add_typer(dataset.app, name="dataset")
app.add_typer(key.app, name="key")
app.add_typer(token_verb.app, name="token")
app.add_typer(ledger.app, name="ledger")
app.command("sample")(verb(sample.sample))
