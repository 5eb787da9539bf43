"""An explanation as one HTML page: without script, without a word from elsewhere, made to be printed and kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retention.model.clause import Role
from retention.model.errors import refuse
from retention.model.verdict import Verdict
from retention.runtime.deployment import Deployment
from retention.runtime.explain_words import (
    HOLD_ON,
    change_in_words,
    day,
    end_in_words,
    line_in_words,
    moment,
    next_in_words,
    started,
)
from retention.runtime.explanation import Explanation, PersonExplained
from retention.runtime.pages import page
from retention.runtime.whole_file import write_whole
from retention.runtime.words import VERDICTS, counted

_OURS = '<meta name="generator" content="retention explain">'
_HEAD = 2_000  # bytes in which it stands


def write_record(deployment: Deployment, found: Explanation, path: Path) -> Path:
    """Raises RetentionError R502 where a file that is no page of ours is there already, R503 where it cannot be."""
    return _written(path, _page(deployment, (found,), person=None))


def write_person(deployment: Deployment, found: PersonExplained, path: Path) -> Path:
    """As above."""
    return _written(path, _page(deployment, found.records, person=found))


def _page(deployment: Deployment, records: Iterable[Explanation], *, person: PersonExplained | None) -> str:
    return page(
        "explain",
        records=tuple(records),
        person=person,
        written_at=deployment.clock.now(),
        datasets=deployment.datasets,
        verdicts=VERDICTS,
        hold_on=HOLD_ON,
        roles=Role,
        due=Verdict.DUE,
        counted=counted,
        moment=moment,
        day=day,
        next_in_words=next_in_words,
        change_in_words=change_in_words,
        end_in_words=end_in_words,
        line_in_words=line_in_words,
        started=started,
    )


def _written(path: Path, text: str) -> Path:
    """In one step; readable by its owner alone."""
    _refuse_foreign(path)
    try:
        write_whole(path, text, mode=0o600)
    except OSError as error:
        raise refuse(
            "R503",
            f"the page cannot be written: {error.strerror}",
            where=str(path),
            remedy="name a file in a folder that is there and that you can write",
        ) from None
    return path


def _refuse_foreign(path: Path) -> None:
    try:
        with path.open("rb") as file:
            ours = _OURS.encode() in file.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError:
        ours = False
    if not ours:
        raise refuse(
            "R502",
            "there is something of this name that `retention explain` has not written",
            where=str(path),
            remedy="name another file, or move that one away",
        )
