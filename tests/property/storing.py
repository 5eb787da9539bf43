"""What the databases store in a column: the kinds of type, the times that fit, and those that Python cannot hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Storing:
    """``loose``: any value fits into any column, and times are texts. ``instants``: the first and last that fit into a
    type for instants. ``zones``: whether values of that type carry a zone where they are written. ``no_days``: what a
    date may hold that is none, and ``no_times`` a time."""

    types: Mapping[str, str]  # instant, datetime, uuid, bool
    loose: bool = False
    instants: tuple[datetime, datetime] = ALWAYS
    zones: bool = True
    no_days: tuple[str, ...] = ()
    no_times: tuple[str, ...] = ()
    no_instants: tuple[str, ...] = ()


_BEYOND = ("infinity", "-infinity", "10000-01-01", "0044-03-15 BC")
STORING = {
    "sqlite": Storing(
        types={"instant": "TIMESTAMP WITH TIME ZONE", "datetime": "DATETIME", "uuid": "TEXT", "bool": "BOOLEAN"},
        loose=True,
    ),
    "postgresql": Storing(
        types={"instant": "TIMESTAMPTZ", "datetime": "TIMESTAMP", "uuid": "UUID", "bool": "BOOLEAN"},
        no_days=_BEYOND,
        no_times=_BEYOND,
        no_instants=_BEYOND,
    ),
    "mariadb": Storing(
        types={"instant": "TIMESTAMP(6) NULL", "datetime": "DATETIME(6)", "uuid": "UUID", "bool": "BOOLEAN"},
        instants=(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 7, 999999, tzinfo=UTC)),
        zones=False,
        no_days=("0000-00-00", "2020-00-15", "2020-05-00"),
        no_times=("0000-00-00 00:00:00", "2020-00-15 10:00:00", "2020-05-00 10:00:00"),
        no_instants=("0000-00-00 00:00:00",),
    ),
}
