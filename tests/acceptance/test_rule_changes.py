"""Changes of rules on the command line: recorded, shown with the day on which they take effect, remarked on by lint."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.shell import AS_OF, Shell, shell_in
from tests.golden import assert_golden
from tests.world import RULES, SETTINGS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = shell_in(tmp_path, capsys, monkeypatch)
    (tmp_path / "rules" / "settings.yaml").write_text(SETTINGS.replace("P0D", "P30D"))
    monkeypatch.setenv("COLUMNS", "200")
    shell.ok("snapshot")
    shell.ok("init")
    return shell


def shortened(shell: Shell) -> None:
    path = shell.folder / "rules" / "rules" / "shop" / "visits.yaml"
    path.write_text(RULES["visits"].replace("P25M", "P2Y"))


def test_new_rules_wait_and_say_until_when(shell: Shell) -> None:
    unknown = shell.ok("rules", "changes", "shop", "--as-of", AS_OF)
    assert "shop.visits: not recorded yet, takes effect at " in unknown
    recorded = shell.ok("rules", "record")
    assert "3 rules recorded anew: shop.customers, shop.invoices, shop.visits" in recorded
    assert "what goes earlier by it waits P30D" in recorded
    assert "0 rules recorded anew: nothing changed" in shell.ok("rules", "record")
    said = shell.ok("rules", "changes", "shop", "--as-of", AS_OF)
    assert "shop.visits: recorded at " in said and "the earlier text lets nothing go: there was no rule" in said
    assert "waiting 40, due at once 0, kept from now on 0" in said
    assert "retention rules changes" in shell.ok("plan", "shop", "--as-of", AS_OF)


def test_programs_get_the_envelope(shell: Shell) -> None:
    def golden(kind: str, *arguments: str) -> None:
        said = shell(*arguments, "--json")
        assert (said.code, said.err) == (0, ""), said.out
        document = json.dumps(json.loads(said.out), indent=2, ensure_ascii=False) + "\n"
        assert_golden(GOLDEN / f"{kind}.json", document, folder=str(shell.folder))

    golden("rules_record", "rules", "record")
    shortened(shell)
    golden("rules_changes", "rules", "changes", "shop", "--as-of", AS_OF)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_lint_remarks_on_what_cools_down_by_the_record(shell: Shell) -> None:
    unknown = " ".join(shell.ok("lint", "--recorded").split())
    assert unknown.count("R237") == 3 and "0 problems, 3 remarks" in unknown
    assert f"a new rule: all that is due by it waits until {in_days(30)} (not recorded yet: if it is today)" in unknown
    shell.ok("rules", "record")
    shortened(shell)
    said = " ".join(shell.ok("lint", "--recorded").split())
    changed = "rule.clauses.statistics.period: P25M -> P2Y; what goes earlier by it waits until"
    assert f"R238 the rule decides otherwise than it did: {changed} {in_days(30)} (not recorded yet" in said
    shell.ok("rules", "record")
    said = " ".join(shell.ok("lint", "--recorded").split())
    assert f"{changed} {in_days(30)} (recorded on {in_days(0)})" in said
    assert "0 problems, 4 remarks" in said, "visits twice: it is new, and was changed"
    assert "0 problems, 0 remarks" in shell.ok("lint"), "offline, nothing is known of it"


def test_what_cools_down_is_named_where_it_is_written(shell: Shell) -> None:
    before = shell.folder / "before"
    shutil.copytree(shell.folder / "rules", before)
    shell.ok("rules", "record")
    shortened(shell)
    line = "  - {id: statistics, start: seen_on, period: P2Y"
    for arguments in (("--since", str(before)), ("--recorded",)):
        said = json.loads(shell.ok("lint", *arguments, "--json"))["data"]["remarks"]
        (changed,) = [one for one in said if one["code"] == "R238"]
        assert (changed["where"], changed["column"]) == ("rules/shop/visits.yaml:9", line.index("period") + 1)


def test_lint_remarks_on_what_changed_since_an_earlier_state(shell: Shell) -> None:
    before = shell.folder / "before"
    shutil.copytree(shell.folder / "rules", before)
    assert "0 problems, 0 remarks" in shell.ok("lint", "--since", str(before))
    shortened(shell)
    said = " ".join(shell.ok("lint", "--since", str(before)).split())
    assert "R238" in said and "rule.clauses.statistics.period: P25M -> P2Y" in said and "waits P30D" in said
    assert f"if that is today, until {in_days(30)}" in said
    (before / "rules" / "shop" / "invoices.yaml").unlink()
    assert "R237" in shell.ok("lint", "--since", str(before))
    (before / "rules" / "shop" / "visits.yaml").write_text("version: 1\n")
    broken = shell("lint", "--since", str(before))
    assert (broken.code, "R136" in broken.err) == (2, True)


def with_a_nickname(shell: Shell) -> None:
    """The table of visits gets a column, and its rule says what it holds."""
    rules = shell.folder / "rules"
    snapshot = rules / "snapshots" / "shop.yaml"
    seen = "      seen_on: DATE\n"
    assert snapshot.read_text().count(seen) == 1
    snapshot.write_text(snapshot.read_text().replace(seen, f"{seen}      nickname: TEXT\n"))
    classified = RULES["visits"].replace("seen_on: date}", "seen_on: date,\n  nickname: name}")
    (rules / "rules" / "shop" / "visits.yaml").write_text(classified)


def test_lint_names_the_columns_that_are_new(shell: Shell) -> None:
    before = shell.folder / "before"
    shutil.copytree(shell.folder / "rules", before)
    shell.ok("rules", "record")
    assert "R264" not in shell.ok("lint", "--recorded") + shell.ok("lint", "--since", str(before))
    with_a_nickname(shell)
    for arguments in (("--since", str(before)), ("--recorded",)):
        said = json.loads(shell.ok("lint", *arguments, "--json"))["data"]["remarks"]
        (new,) = [one for one in said if one["code"] == "R264"]
        assert (new["where"], new["column"]) == ("rules/shop/visits.yaml:12", 3)
        assert (
            "visits.nickname is new since" in new["what"] and "classified as name, and goes with its row" in new["what"]
        )
    shell.ok("rules", "record")
    assert "R264" not in shell.ok("lint", "--recorded")
