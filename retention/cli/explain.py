"""retention explain"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.as_of import AsOf, instant
from retention.cli.call import Call
from retention.model.errors import ExitCode, refuse

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.errors import RetentionError

ROWS = 100


def explain(
    call: Call,
    rule: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE]", help="The rule's id, such as crm.accounts; or DATASET.TABLE of a table of it."
        ),
    ] = None,
    record: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="Primary key of the record; of several columns: 4711,2.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="The same.")] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="KIND:KEY", help="Every row of this person, in every dataset and rule."),
    ] = None,
    why_not: Annotated[
        bool,
        typer.Option("--why-not", help="First of all: what stands between it and its disposal, and what that needs."),
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as one page to print or to keep, too.")
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=1, help="Of a person: rows of one rule that are explained.")
    ] = ROWS,
    as_of: AsOf = None,
) -> Answer:
    """Say of one record, or of all of a person, why it is kept or goes: every clause, the line that decided, and when
    the verdict changes next."""
    at = instant(as_of)
    if subject is not None:
        if rule or record or key:
            raise _either()
        return _of_person(call, subject, rows, at=at, why_not=why_not, html=html)
    if not rule or bool(record) == bool(key):
        raise _either()
    from retention.cli.explain_screen import show_record
    from retention.runtime.explain import explain as decided
    from retention.runtime.explain_page import write_record

    with call.deployment() as deployment:
        found = decided(deployment, rule, key or record or "", at)
        page = None if html is None else write_record(deployment, found, html)

    def show(console: Console) -> None:
        show_record(console, found, why_not=why_not)
        _told_page(console, page)

    return Answer(data=found, show=show)


def _of_person(call: Call, named: str, rows: int, *, at: datetime | None, why_not: bool, html: Path | None) -> Answer:
    from retention.cli.explain_screen import show_person
    from retention.cli.subject_text import subject_of
    from retention.runtime.explain_page import write_person
    from retention.runtime.explain_person import explain_person, not_reached

    with call.deployment() as deployment:
        found = explain_person(deployment, subject_of(named, "--subject"), at, rows)
        page = None if html is None else write_person(deployment, found, html)

    def show(console: Console) -> None:
        show_person(console, found, why_not=why_not)
        _told_page(console, page)

    problems = not_reached(found)
    code = ExitCode.FAILED if problems else ExitCode.OK
    return Answer(data=found, show=show, problems=problems, exit_code=code, kind="explain_subject")


def _told_page(console: Console, page: Path | None) -> None:
    if page is not None:
        from retention.cli.screen import line

        line(console)
        line(console, f"written: {page}")


def _either() -> RetentionError:
    return refuse(
        "R501",
        "explain needs either a rule and one key, or a person",
        where="command line",
        remedy="`retention explain crm.accounts --key 4711`, or `retention explain --subject customer:4711`",
    )
