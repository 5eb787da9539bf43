"""Names of tables and columns as words: "BillingPostalCode" and "billing_postal_code" say the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[\W_]+")
_IRREGULAR = {"people": "person", "persons": "person", "children": "child", "addresses": "address"}


def words_of(name: str) -> tuple[str, ...]:
    """In lower case, without the number at the end of a word: ("address",) of "Address2"."""
    words = (word.rstrip("0123456789") or word for word in _NO_WORD.split(_HUMP.sub("_", name)))
    return tuple(word.lower() for word in words if word)


def singular(word: str) -> str:
    """Of English words, as far as the names of tables need it."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def short_name(words: Iterable[str]) -> str:
    """As ids of rules and kinds of subjects are written: lower case, letters of ASCII, digits and _."""
    plain = unicodedata.normalize("NFKD", "_".join(words)).encode("ascii", "ignore").decode()
    text = re.sub(r"[^a-z0-9_]+", "_", plain.lower()).strip("_")[:40]
    return text if text[:1].isalpha() else f"t_{text}".rstrip("_")


def title(name: str) -> str:
    """ "Invoice line" of "InvoiceLine"; the name itself where it holds no word."""
    return " ".join(words_of(name)).capitalize() or name
