"""`retention forecast` and `retention plan --against`, as a person types them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in


@pytest.fixture
def ready(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_in(tmp_path, capsys, monkeypatch)
    shell.ok("snapshot")
    shell.ok("init")
    return shell


def test_a_forecast_is_a_table_a_page_and_data(ready: Shell, tmp_path: Path) -> None:
    page = tmp_path / "forecast.html"
    said = ready.ok("forecast", "shop", "--as-of", AS_OF, "--months", "6", "--html", str(page))
    figures = {line.split()[0]: line.split()[1:] for line in said.splitlines() if re.match(r"20\d\d-\d\d ", line)}
    assert len(figures) == 6
    assert "assumed: nothing is written meanwhile" in said
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 3
    assert "http" not in text.replace("http-equiv", ""), "nothing comes from elsewhere"
    assert "<script" not in text
    data = ready("forecast", "shop", "--as-of", AS_OF, "--months", "3", "--json").data["forecast"]
    assert [len(rule["months"]) for rule in data["rules"]] == [3, 3, 3]
    nowhere = ready("forecast", "shop", "--html", str(tmp_path / "no" / "folder.html"))
    assert (nowhere.code, "R520" in nowhere.err) == (2, True)


def test_a_plan_is_compared_with_other_rules(ready: Shell, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ready.folder / "rules", other)
    visits = other / "rules" / "shop" / "visits.yaml"
    visits.write_text(visits.read_text().replace("P25M", "P13M"))
    said = " ".join(ready.ok("plan", "shop", "--as-of", AS_OF, "--against", str(other)).split())
    assert "shop.visits · · · 40" in said  # of 2026-06-01: from 2027-07 on, and by the present rule after two years
    assert "shop.invoices · · · · the same text" in said
    visits.write_text(visits.read_text().replace("P13M", "P13X"))
    refused = ready("plan", "shop", "--against", str(other))
    assert (refused.code, "R110" in refused.err) == (2, True), refused.err
