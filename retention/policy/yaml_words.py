"""Words as YAML: plain where no reader could take them for anything else, else in quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Plain where it is words of ASCII letters, digits and _, none of them a word of YAML's own."""
    words = text.split(" ")
    if all(_PLAIN.fullmatch(word) for word in words) and text.lower() not in _WORDS_OF_YAML:
        return text
    return quoted_text(text)


def quoted_text(text: str) -> str:
    """In double quotes, whatever it is."""
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def flow(value: object) -> str:
    """A text, a truth value, a number, or a mapping of such to one another, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else quoted(str(value))


def _escaped(letter: str) -> str:
    plain = letter.isprintable() and letter not in _ESCAPES
    return letter if plain else _ESCAPES.get(letter, f"\\U{ord(letter):08x}")
