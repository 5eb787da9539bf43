"""Ranges in which no real person, machine or mailbox is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# RFC 2606: .example, .invalid and .test lead nowhere; example.com, .net and .org belong to nobody who reads mail.
RESERVED_ENDINGS = (".example", ".invalid", ".test", "example.com", "example.net", "example.org")
EMAIL_DOMAIN = "person.example"

DOCUMENTATION_V4 = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737, each a /24
DOCUMENTATION_V6 = "2001:db8"  # RFC 3849, a /32


@dataclass(frozen=True, slots=True)
class PhoneRange:
    """Numbers in E.164 form: each prefix is followed by ``count`` numbers of ``width`` digits from ``low`` on."""

    source: str
    prefixes: tuple[str, ...]
    low: int
    count: int
    width: int


_US_AREAS = (201, 206, 212, 213, 215, 303, 305, 312, 404, 408, 415, 512, 602, 617, 702, 713)

PHONE_RANGES: Mapping[str, PhoneRange] = MappingProxyType(
    {
        "us": PhoneRange(
            "NANPA: line numbers 555-0100 to 555-0199 of every area code are for fictional use",
            tuple(f"+1{area}555" for area in _US_AREAS),
            100,
            100,
            4,
        ),
        "gb": PhoneRange(
            "Ofcom, telephone numbers for use in TV and radio drama",
            (
                *(f"+44{area}4960" for area in (113, 114, 115, 116, 117, 118, 121, 131, 141, 151, 161)),
                "+441632960",
                "+442079460",
                "+443069990",
                "+447700900",
            ),
            0,
            1000,
            3,
        ),
        "de": PhoneRange(
            "Bundesnetzagentur, numbers for media productions (Berlin, Cologne, Frankfurt, Hamburg, Munich)",
            ("+493023125", "+492214710", "+496990009", "+494066969", "+498999998"),
            0,
            1000,
            3,
        ),
        "fr": PhoneRange(
            "ARCEP, numbering plan: numbers for audiovisual works",
            ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998"),
            0,
            10_000,
            4,
        ),
    }
)


def is_reserved(domain: str) -> bool:
    """Whether nobody receives mail at the domain."""
    return any(f".{domain.lower()}".endswith(f".{ending.removeprefix('.')}") for ending in RESERVED_ENDINGS)
