"""Every broken rules folder of the corpus says what is wrong, where, and what to do, in these words.

A case is an overlay over base/: files that replace or join the base's, and removed.txt for those that are taken away.
"""

import shutil
from pathlib import Path

import pytest

from retention.model.errors import Problem
from retention.policy import load

_HERE = Path(__file__).parent
_NOT_OVERLAID = {"expected.txt", "removed.txt"}
CASES = sorted((_HERE / "broken").iterdir())


def _assemble(case: Path, folder: Path) -> Path:
    shutil.copytree(_HERE / "base", folder)
    removed = case / "removed.txt"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        (folder / name).unlink()
    for path in case.rglob("*"):
        if path.is_file() and path.name not in _NOT_OVERLAID:
            target = folder / path.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_is_the_expected_one(case: Path, tmp_path: Path) -> None:
    folder = _assemble(case, tmp_path / "rules_dir")
    loaded = load(folder)
    said = [*map(str, loaded.problems), *(f"remark {remark}" for remark in loaded.remarks)]
    text = "\n".join(said).replace(str(folder), "<rules>") + "\n"
    assert loaded.rules is None
    assert text == (case / "expected.txt").read_text(encoding="utf-8")
    assert all(something_stands_there(folder, problem) for problem in (*loaded.problems, *loaded.remarks))


def something_stands_there(folder: Path, problem: Problem) -> bool:
    """At the column of the line; the first column of a file may be that of nothing."""
    name, _, line = problem.where.rpartition(":")
    if problem.column == 1:
        return True
    return bool((folder / name).read_text(encoding="utf-8").splitlines()[int(line) - 1][problem.column - 1 :].strip())


def test_the_base_of_the_corpus_is_without_problems_and_remarks() -> None:
    loaded = load(_HERE / "base")
    assert (loaded.problems, loaded.remarks) == ((), ())
    assert loaded.rules is not None


def test_the_corpus_is_not_thinned_out() -> None:
    assert len(CASES) >= 250


@pytest.mark.parametrize("code", [f"R{number}" for number in (145, 146, *range(150, 157), *range(160, 168))])
def test_what_is_wrong_with_statutes_has_a_case(code: str) -> None:
    said = "".join((case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    assert f"\n{code} " in f"\n{said}" or f"remark {code} " in said
