"""Whose law it is: ISO 3166 codes of countries and of their parts, the European Union, and standards of contracts."""

from __future__ import annotations

import re

UNION = "EU"
CONTRACTS = "INT"  # binds by contract, wherever the parties are
MEMBERS_OF_THE_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
_PARTS_OF_A_PART = {"GB-ENG": "GB-EAW", "GB-WLS": "GB-EAW"}  # England and Wales have one law of limitation
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)


def is_jurisdiction(code: str) -> bool:
    """Whether it has the shape of a code: DE, US-CA, EU, INT."""
    return code == CONTRACTS or bool(_CODE.fullmatch(code))


def laws_over(code: str) -> tuple[str, ...]:
    """The jurisdictions whose law reaches somebody there, the narrowest first: US-CA is under the law of US-CA, of US
    and under what contracts say; DE under that of DE and of the Union."""
    country = code.partition("-")[0]
    found = [code]
    if code in _PARTS_OF_A_PART:
        found.append(_PARTS_OF_A_PART[code])
    if country != code:
        found.append(country)
    if country in MEMBERS_OF_THE_UNION:
        found.append(UNION)
    return (*found, CONTRACTS)
