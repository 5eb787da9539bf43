"""A part of the product that is left out, the test that must miss it, and what that test asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.faults.faults import Patches
from tests.steps import owner_of

TESTS = Path(__file__).resolve().parents[1]
SHORT_OF_IT = (AssertionError, pytest.fail.Exception)  # what was expected is not there, or did not raise


@dataclass(frozen=True)
class Part:
    left_out: Patches
    shown_by: Callable[..., None]  # by its name in docs/reliability.md


def is_missed(part: Part, request: pytest.FixtureRequest) -> None:
    is_missed_with(part, {asked: _given(part, asked, request) for asked in _asked(part.shown_by)})


def is_missed_with(part: Part, given: Mapping[str, Any]) -> None:
    """Fails where the test passes without the part, or where the product breaks before the test can tell."""
    with ExitStack() as stack:
        for place, instead in part.left_out.items():
            stack.enter_context(patch.object(*owner_of(place), instead))
        with pytest.raises(SHORT_OF_IT) as missed:
            part.shown_by(**given)
    broken_by_itself = isinstance(missed.value, AssertionError) and not _is_a_test(missed.traceback[-1].path)
    assert not broken_by_itself, "the product itself broke"


def _is_a_test(path: Path | str) -> bool:
    return Path(path).is_relative_to(TESTS)


def _given(part: Part, asked: str, request: pytest.FixtureRequest) -> Any:
    """What a test asks for, as the fixture in its module makes it; what pytest itself gives, from there."""
    if asked == "any_database":
        return request.getfixturevalue("sqlite_database")
    fixture = getattr(inspect.getmodule(part.shown_by), asked, None)
    if fixture is None:
        return request.getfixturevalue(asked)
    made = fixture.__wrapped__(**{name: _given(part, name, request) for name in _asked(fixture.__wrapped__)})
    return next(made) if inspect.isgenerator(made) else made


def _asked(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)
