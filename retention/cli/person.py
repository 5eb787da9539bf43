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
        help="Who acts, by a person's token; left out: the user of the operating system. Prefer the variable: "
        "arguments can be seen.",
        show_default=False,
        show_envvar=True,
    ),
]
