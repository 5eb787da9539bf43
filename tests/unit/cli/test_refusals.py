"""What people are told when something fails: the code, and no value of a row."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from retention.cli.refusals import told
from retention.model.errors import Problem, RunFailed, TransientError, refuse

SECRET = "lena.voss@somewhere.example"


def problem(code: str) -> Problem:
    return Problem(code=code, what="w", where="here", remedy="r")


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (refuse("R303", "w", where="here", remedy="r"), 2),
        (TransientError(problem("R301")), 1),
        (RunFailed(problem("R421")), 1),
    ],
)
def test_a_refusal_keeps_its_problems_and_says_whether_anything_ran(error: Exception, exit_code: int) -> None:
    problems, code = told(error)
    assert code == exit_code
    assert [one.what for one in problems] == ["w"]


def test_the_text_of_a_driver_is_withheld() -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(SQLAlchemyError) as caught, engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (x TEXT CHECK (length(x) < 3))"))
        connection.execute(text("INSERT INTO t VALUES (:x)"), {"x": SECRET})
    assert SECRET in str(caught.value)
    error = RuntimeError(f"could not write {SECRET}")
    error.__cause__ = caught.value
    for one in (caught.value, error):
        problems, code = told(one)
        assert (code, problems[0].code) == (1, "R399")
        assert SECRET not in str(problems[0]) and "INSERT" not in str(problems[0])


def test_an_error_of_this_program_names_its_place_and_not_its_text() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        problems, code = told(error)
    assert (code, problems[0].code) == (1, "R398")
    assert SECRET not in str(problems[0])
    assert "test_refusals.py" in problems[0].where and "ValueError" in problems[0].what
