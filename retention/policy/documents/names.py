"""Short names that people give to parts of a rule."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic.functional_validators import AfterValidator

from retention.policy.documents.base import shown, wrong

_WORD = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


def word(text: str) -> str:
    if len(text) > 60 or not _WORD.fullmatch(text):
        raise wrong(
            "R114",
            f"{shown(text)} is not a short name",
            "use lower-case letters, digits, - and _, at most 60 characters",
        )
    return text


Word = Annotated[str, AfterValidator(word)]
