"""retention key new"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.cli.answer import Answer
from retention.cli.call import Call
from retention.cli.verb import verb
from retention.model.errors import refuse

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="The key of the pseudonyms.", no_args_is_help=True)


@app.callback()
def key() -> None:
    """The key of the pseudonyms."""


def key_new(
    call: Call,
    file: Annotated[
        Path | None, typer.Option("--file", help="Write it there, readable by you alone, and do not print it.")
    ] = None,
) -> Answer:
    """Make a key for pseudonyms. Whoever has it can tell who a pseudonym is; without it nobody gets the same again."""
    from retention.runtime.keys import FILE_VARIABLE, KEY_VARIABLE, new_key, parse_key

    text = new_key()
    key_id = parse_key(text, "new key").id
    if file is not None:
        _write(file, text)

    def show(console: Console) -> None:
        from retention.cli.screen import line

        if file is None:
            line(console, text)
            return
        line(console, f"key {key_id} is in {file}: keep a copy where you keep secrets")
        line(console, f"  export {FILE_VARIABLE}={file.resolve()}")

    data = {"id": key_id, "file": file, "key": None if file else text, "variable": KEY_VARIABLE}
    return Answer(data=data, show=show)


def _write(file: Path, text: str) -> None:
    """Raises RetentionError R346 where something is there already, or the file cannot be made."""
    import os

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise refuse(
            "R346",
            f"the key file cannot be made: {error.strerror}",
            where=str(file),
            remedy="name a new file in a folder that you can write; a key that is in use is never overwritten",
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(text + "\n")


app.command("new")(verb(key_new))
