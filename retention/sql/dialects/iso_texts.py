"""Whether a text is a time as ISO 8601 spells it, on databases that know regular expressions: planning.stored_time as
SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, not_, or_

from retention.model.starting_point import Stored

_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?"
_SPELLED = {
    Stored.ISO_UTC: f"^{_DAY}T{_TIME}(Z|[+]00:00)",
    Stored.ISO_LOCAL: f"^{_DAY}[T ]{_TIME}",
    Stored.ISO_DATE: f"^{_DAY}",
}
_NO_SUCH_DAY = "^(0000|.{4}-(02-3|(04|06|09|11)-31))"
_LEAP_DAY = "^.{4}-02-29"
_LEAP_YEAR = "^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"


def readable_text(text: ColumnElement[str], stored: Stored, end: str) -> ColumnElement[bool]:
    """NULL for NULL. ``end``: the end of a text in the database's patterns: ``$`` may mean a line's."""
    leap = or_(not_(text.regexp_match(_LEAP_DAY)), text.regexp_match(_LEAP_YEAR))
    return and_(text.regexp_match(_SPELLED[stored] + end), not_(text.regexp_match(_NO_SUCH_DAY)), leap)
