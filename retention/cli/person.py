"""Who acts: the user of the operating system, or whoever has a token."""

from __future__ import annotations

from typing import Annotated

import typer

Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="RETENTION_TOKEN",
        metavar="TOKEN",
        help="Who acts, by the person's token. Left out: the user of the operating system. Others may see arguments: "
        "prefer the variable.",
        show_default=False,
        show_envvar=True,
    ),
]
