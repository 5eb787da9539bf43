"""The form in which programs are answered."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retention.cli.envelope import envelope, plain
from retention.model.errors import Problem
from retention.model.hold import Hold, HoldState, SubjectKey
from retention.model.period import Period
from retention.model.verdict import Verdict
from tests.golden import assert_golden

HOLD = Hold(
    id="H-0001",
    matter="case 17",
    subjects=(SubjectKey(kind="customer", key="4711"),),
    placed_by="mara",
    placed_at=datetime(2026, 7, 1, 12, tzinfo=UTC),
    state=HoldState.IN_FORCE,
)
PROBLEM = Problem(code="R303", what="it is not declared", where="datasets.yaml", remedy="declare it")


def test_an_answer_and_its_errors_stand_in_one_document() -> None:
    text = envelope("hold_place", HOLD, (PROBLEM,))
    assert_golden(Path(__file__).parent / "golden" / "envelope.json", text + "\n")
    assert list(json.loads(text)) == ["format", "version", "kind", "data", "errors"]


@pytest.mark.parametrize(
    ("value", "json_value"),
    [
        (date(2026, 7, 1), "2026-07-01"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-07-01T00:00:00+00:00"),
        (Period(years=1, months=6), "P1Y6M"),
        (Verdict.HELD, "held"),
        (Path("a/b"), "a/b"),
        ({Verdict.DUE: (1, None, True)}, {"due": [1, None, True]}),
    ],
)
def test_values_of_the_model_have_one_form_in_json(value: object, json_value: object) -> None:
    assert plain(value) == json_value


def test_what_has_no_form_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="bytes"):
        plain(b"x")
