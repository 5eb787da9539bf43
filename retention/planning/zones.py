"""The pinned time-zone database: the tzdata wheel, never what the machine happens to have installed.

The zones are read from the wheel by us, so that the search path of a host process (an Airflow worker) stays as it is.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from retention.model.errors import refuse


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name that the pinned database knows, old aliases included."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises RetentionError R280 for an unknown one, with the names that come near."""
    if name not in zone_names():
        near = get_close_matches(name, sorted(zone_names()), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "write an IANA name such as Europe/Berlin, or UTC"
        raise refuse("R280", f"the time zone {name!r} is not known", where=f"zone {name}", remedy=hint)
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
