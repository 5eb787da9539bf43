"""The reference of the command line, made from the verbs themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEAD = """\
# Reference: the command line

<!-- generated from retention/cli; `python -m retention.cli` writes it anew -->

`retention VERB ...`. The global options may stand before the verb or after it.

Exit codes: 0 ok; 1 it ran, and something failed or could not be told; 2 refused, and nothing was written; 130
interrupted from the keyboard. Error codes: [errors.md](errors.md).

With `--json` a verb answers with one document on standard output, and with nothing else there:

    {"format": "retention", "version": 1, "kind": "plan", "data": ..., "errors": [{"code", "what", "where", "remedy"}]}

`kind` is the verb (`hold_place` for `hold place`), or `usage` where the command line could not be understood. `data` is
null where the verb was refused. Keys are added within a version, never changed or taken away. Instants and days are ISO
8601. Without `--json`, answers go to standard output as text, refusals to standard error.
"""

_VARIABLES = {
    "RETENTION_RULES": "the folder of the rules (`--rules`)",
    "RETENTION_HOME": "the folder of control store, keys and reports (`--home`)",
    "RETENTION_CONTROL_URL": "the control store in PostgreSQL, shared by several machines: "
    "`postgresql+psycopg://user@host/name`; left out: a SQLite file in the home",
    "RETENTION_PSEUDONYM_KEY": "the key of the pseudonyms, as `retention key new` prints it",
    "RETENTION_PSEUDONYM_KEY_FILE": "a file that holds it, readable by its owner alone",
    "RETENTION_LEDGER_KEY_FILE": "the file of the key that signs the ledger; left out: `ledger.key` in the home",
    "RETENTION_TOKEN": "who acts, by a person's token (`--token`)",
    "RETENTION_TRACEBACK": "1: show where this program failed; it may show values of rows",
    "RETENTION_<DATASET>_URL": "the address of a dataset, under the name that datasets.yaml gives",
}


def cli_markdown() -> str:
    """docs/reference/cli.md"""
    from typer.main import get_command

    from retention.cli.app import app

    root: Any = get_command(app)
    parts = [_HEAD, "## Global options\n", _options(root), "## Environment\n", _table(_VARIABLES.items(), "variable")]
    for words, command in _verbs(root, ("retention",)):
        parts += [f"## {' '.join(words)}\n", f"{_text(command.help)}\n", _arguments(command), _options(command)]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def write_reference(folder: Path) -> None:
    (folder / "cli.md").write_text(cli_markdown(), encoding="utf-8")


def _verbs(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb that does something, with the words that call it."""
    for name, inner in command.commands.items():
        if hasattr(inner, "commands"):
            yield from _verbs(inner, (*words, name))
        elif name == getattr(command, "default", None):
            yield words, inner
        else:
            yield (*words, name), inner


def _arguments(command: Any) -> str:
    rows = [
        (_metavar(parameter), _described(parameter))
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    return _table(rows, "argument")


def _options(command: Any) -> str:
    """The global options stand at the top once."""
    shown = [
        parameter
        for parameter in command.params
        if parameter.param_type_name == "option"
        and parameter.name != "help"
        and (hasattr(command, "commands") or parameter.name not in ("rules", "home", "as_json"))
    ]
    return _table([(_option(parameter), _described(parameter)) for parameter in shown], "option")


def _option(parameter: Any) -> str:
    value = "" if parameter.is_flag else f" {_metavar(parameter)}"
    return f"{', '.join(parameter.opts)}{value}"


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _described(parameter: Any) -> str:
    needed = "Needed. " if parameter.required else ""
    variable = parameter.envvar if isinstance(parameter.envvar, str) else ""
    default = (
        f" Default: {parameter.default}." if isinstance(parameter.default, int | str) and parameter.default else ""
    )
    return f"{needed}{_text(parameter.help)}{default}{f' Also ${variable}.' if variable else ''}".strip()


def _table(rows: Any, what: str) -> str:
    lines = [f"| `{_text(name)}` | {text} |" for name, text in rows]
    return "\n".join([f"| {what} | what |", "|---|---|", *lines, ""]) if lines else ""


def _text(words: str | None) -> str:
    return " ".join((words or "").split()).replace("|", "\\|")
