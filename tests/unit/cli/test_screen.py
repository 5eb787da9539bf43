"""Answers for people fit 100 columns and are plain where nobody draws."""

from __future__ import annotations

import io

from rich.console import Console

from retention.cli import screen
from retention.model.errors import Problem


def plain_console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=100, highlight=False), out


def test_a_table_is_plain_and_its_figures_stand_on_the_right() -> None:
    console, out = plain_console()
    screen.table(console, ("rule", "examined", "kept"), [("a.b", 12_345, "[red]x[/red]"), ("a.c", 0, "y")])
    assert out.getvalue().splitlines() == [
        "rule  examined  kept",
        "a.b     12,345  [red]x[/red]",
        "a.c          ·  y",
    ]


def test_no_line_of_a_table_is_wider_than_100_columns() -> None:
    console, out = plain_console()
    screen.table(console, ("rule", "examined", "why"), [("billing.payment_methods", 9_999_999, "because " * 40)])
    assert max(map(len, out.getvalue().splitlines())) <= 100


def test_a_long_list_of_problems_stays_on_one_screen() -> None:
    console, out = plain_console()
    found = [Problem(code="R100", what=f"number {n}", where="here", remedy="mend it") for n in range(50)]
    screen.problems(console, found)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2 * screen.MOST_PROBLEMS + 1
    assert lines[:2] == ["R100 here: number 0", "  what to do: mend it"]
    assert lines[-1].startswith("... and 30 more")


def test_names_stay_whole_and_no_column_is_lost_where_nobody_draws() -> None:
    console, out = plain_console()
    name = f"{'customer_' * 8}table.{'column_' * 8}"
    screen.table(console, ("outcome", "where", "by"), [("passed", name, "somebody else")], whole=("where", "by"))
    head, row = out.getvalue().splitlines()
    assert (head.split(), row.split()) == (["outcome", "where", "by"], ["passed", name, "somebody", "else"])
