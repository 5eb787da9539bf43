"""Pseudonymization: a made-up value that is the same for the same person wherever that person appears.

As long as the key exists somewhere, what is written is still personal data (EDPB Guidelines 01/2025).
"""

from __future__ import annotations

import re

from anonymizers.digest import SLICES, Slice
from anonymizers.fiction import (
    DOCUMENTATION_V4,
    DOCUMENTATION_V6,
    EMAIL_DOMAIN,
    PHONE_RANGES,
    RESERVED_ENDINGS,
    is_reserved,
)
from anonymizers.strategy import ANYBODY, NETWORK, TEXT, UUID, Parameter, Params, Strategy, Technique
from anonymizers.transform import ByNetwork, Hex, Numbered, Pick, Template, Transform

_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?")
TOKEN_LONGEST = 2 * SLICES["token"].length
TOKEN_SHORTEST = 20  # characters of hex: 80 bits, so that tokens are unique


def _email(params: Params) -> Transform:
    at = SLICES["email"]
    return Template(("p", Hex(at, 2 * at.length), f"@{params.get('domain', EMAIL_DOMAIN)}"))


def _domain(value: object) -> tuple[str, str] | None:
    if isinstance(value, str) and _DOMAIN.fullmatch(value) and is_reserved(value):
        return None
    endings = ", ".join(RESERVED_ENDINGS)
    return "real people may have mailboxes at that domain", f"write a domain that RFC 2606 reserves, under {endings}"


def _phone(params: Params) -> Transform:
    range_ = PHONE_RANGES[str(params.get("country", "us"))]
    return Numbered(SLICES["phone"], range_.prefixes, range_.low, range_.count, range_.width)


def _country(value: object) -> tuple[str, str] | None:
    if value in PHONE_RANGES:
        return None
    return "no telephone numbers for fiction are known of that country", f"write one of {', '.join(PHONE_RANGES)}"


def _ip(params: Params) -> Transform:
    at = SLICES["ip"]
    v4 = Numbered(at, DOCUMENTATION_V4, 1, 254)
    # Each group begins with fd, so that it has no leading zero and the text is the canonical one (RFC 5952).
    groups = [part for byte in range(6) for part in (":fd", Hex(Slice(at.block, at.offset + byte, 1), 2))]
    v6 = Template((DOCUMENTATION_V6, *groups))
    match params.get("version"):
        case 4:
            return v4
        case 6:
            return v6
    return ByNetwork(v4, v6)


def _network(value: object) -> tuple[str, str] | None:
    if value in (4, 6):
        return None
    return "there are IP addresses of version 4 and 6", "write 4 or 6, or leave it out: then it follows the original"


def _token(params: Params) -> Transform:
    return Hex(SLICES["token"], _length(params))


def _length(params: Params) -> int:
    length = params.get("length", TOKEN_LONGEST)
    if not isinstance(length, int):
        raise TypeError("a length is a whole number")
    return length


def _token_kinds(params: Params) -> frozenset[str]:
    return frozenset({TEXT, UUID} if params.get("length", TOKEN_LONGEST) == TOKEN_LONGEST else {TEXT})


def _token_length(value: object) -> tuple[str, str] | None:
    if isinstance(value, int) and TOKEN_SHORTEST <= value <= TOKEN_LONGEST:
        return None
    return (
        f"a token has {TOKEN_SHORTEST} to {TOKEN_LONGEST} characters: shorter ones would not be unique",
        f"write a length from {TOKEN_SHORTEST} to {TOKEN_LONGEST}",
    )


_LOCALE = Parameter(name="locale", type=str, what="of the made-up values, such as de_DE; else the deployment's")


def _locale(params: Params) -> str | None:
    locale = params.get("locale")
    return None if locale is None else str(locale)


def _name(params: Params) -> Transform:
    given, family = (Pick(pool, SLICES[pool], _locale(params)) for pool in ("given_name", "family_name"))
    return Template((given, " ", family))


def _picked(name: str, summary: str) -> Strategy:
    return Strategy(
        name=name,
        technique=Technique.PSEUDONYMIZATION,
        summary=summary,
        transform=lambda params: Pick(name, SLICES[name], _locale(params)),
        parameters=(_LOCALE,),
        consistent=ANYBODY,
    )


STRATEGIES = (
    Strategy(
        name="name",
        technique=Technique.PSEUDONYMIZATION,
        summary="A given and a family name: those that given_name and family_name give the same person.",
        transform=_name,
        parameters=(_LOCALE,),
        consistent=ANYBODY,
    ),
    _picked("given_name", "A given name from a pool."),
    _picked("family_name", "A family name from a pool."),
    Strategy(
        name="email",
        technique=Technique.PSEUDONYMIZATION,
        summary="A unique address (80 bits) at a domain that RFC 2606 reserves.",
        transform=_email,
        parameters=(Parameter(name="domain", type=str, what=f"a reserved domain; else {EMAIL_DOMAIN}", check=_domain),),
        consistent=ANYBODY,
        unique=True,
    ),
    Strategy(
        name="phone",
        technique=Technique.PSEUDONYMIZATION,
        summary="A telephone number from a range that is reserved for fiction, as +12025550123. The ranges are small: "
        "several people share a number.",
        transform=_phone,
        parameters=(
            Parameter(name="country", type=str, what=f"one of {', '.join(PHONE_RANGES)}; else us", check=_country),
        ),
        consistent=ANYBODY,
    ),
    _picked("street", "A street with a house number from a pool."),
    _picked("city", "A city from a pool; it need not lie in the region that region gives."),
    _picked("postcode", "A postcode from a pool."),
    _picked("region", "A state, province or county from a pool."),
    _picked("organization", "The name of an organization from a pool."),
    Strategy(
        name="ip",
        technique=Technique.PSEUDONYMIZATION,
        summary="An address of the documentation networks (RFC 5737, RFC 3849), of the original's version.",
        transform=_ip,
        parameters=(Parameter(name="version", type=int, what="4 or 6; else the original's", check=_network),),
        consistent=ANYBODY,
        kinds=lambda params: frozenset({TEXT, NETWORK}),
    ),
    Strategy(
        name="token",
        technique=Technique.PSEUDONYMIZATION,
        summary="Unique hexadecimal digits in place of a login, a card token or a device's identifier.",
        transform=_token,
        parameters=(
            Parameter(
                name="length",
                type=int,
                what=f"characters, {TOKEN_SHORTEST} to {TOKEN_LONGEST}; else {TOKEN_LONGEST}",
                check=_token_length,
            ),
        ),
        consistent=ANYBODY,
        unique=True,
        kinds=_token_kinds,
    ),
)
