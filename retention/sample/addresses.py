"""Addresses of devices. Networks for measurements (RFC 2544) and private ones (RFC 4193) are nobody's, and they are not
those from which pseudonyms come."""

from __future__ import annotations

from random import Random

DEVICES = ("phone", "tablet", "laptop", "desktop")


def ip_address(random: Random) -> str:
    """One in five is of version 6."""
    if random.random() < 0.2:
        return f"fd12:3456:{random.randrange(1 << 16):x}::{random.randrange(1, 1 << 16):x}"
    return f"198.{random.randint(18, 19)}.{random.randrange(256)}.{random.randint(1, 254)}"
