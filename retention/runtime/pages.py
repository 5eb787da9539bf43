"""Pages from templates: one file each, without script, without a word from elsewhere."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retention.model.errors import refuse
from retention.runtime.whole_file import write_whole

if TYPE_CHECKING:
    from jinja2 import Environment

_DAY = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?")


def page(template: str, **facts: Any) -> str:
    """``template``: the name of one of templates/, without its ending. What it does not define is an error."""
    return _environment().get_template(f"{template}.html.j2").render(facts)


def write_page(path: Path, text: str, code: str, what: str) -> None:
    """Replaces the file in one step. Raises RetentionError ``code`` where ``what`` cannot be written."""
    try:
        write_whole(path, text)
    except OSError as error:
        raise refuse(
            code,
            f"{what} cannot be written: {error.strerror}",
            where=str(path),
            remedy="name a file in a folder that is there and that this user may write",
        ) from None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("retention.runtime", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": _figure, "instant": _instant, "minute": _minute, "days": _days}
    return environment


def _figure(number: int) -> str:
    return f"{number:,}" if number else "·"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _days(text: str) -> Any:
    """No line breaks within a day."""
    from markupsafe import Markup, escape

    return Markup(_DAY.sub(r'<span class="day">\g<0></span>', str(escape(text))))  # noqa: S704  escaped before
