"""Pools small enough to be read, in several scripts."""

from __future__ import annotations

POOLS = {
    "given_name": ("Anna", "Bora", "Chidi", "Δήμητρα", "李"),
    "family_name": ("Abel", "Baker", "Nguyễn", "Øster", "Żak", "عمر", "O'Neil"),
    "street": ("1 First Street", "2 Second Street", "Große Gasse 3"),
    "city": ("Aville", "Bville", "Cville", "Đville"),
    "postcode": ("00001", "00002"),
    "region": ("North", "South", "East", "West"),
    "organization": ("Example One", "Example Two", "Example Three"),
}
