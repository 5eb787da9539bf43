"""The figures, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from tests.benchmarks.holds import HoldsMeasured
from tests.benchmarks.many_laws import LawsMeasured
from tests.benchmarks.measuring import DatasetMeasured, Measured, RuleMeasured
from tests.benchmarks.raw import AIMS

MEMORY_AIM = 150  # MiB above the imports
RATIO_AIM = 1.5  # times the query by hand


def rules_table(measured: Iterable[Measured]) -> Table:
    table = Table(title="Disposing, as a share of raw statements", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("rule", no_wrap=True)
    for name in ("rows", "raw\nrows/s", "whole", "batches", "aim", "batch ms,\nmedian/max", "memory,\nMiB"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_section()
        table.add_row(f"[bold]{one.kind}[/]", f"{one.rows:,}", f"built at\n{one.rows / one.build_seconds:,.0f}")
        for rule in one.rules:
            table.add_row(*_rule(rule))
    return table


def _rule(rule: RuleMeasured) -> tuple[str, ...]:
    case, aims = AIMS[rule.rule_id]
    aim, told = aims[rule.kind], rule.told
    paced = rule.between_batches
    memory = told["memory_mib"]
    return (
        f"{case}\n[dim]{rule.rule_id}[/]",
        f"{told['rows']:,.0f}",
        f"{rule.raw_rows / rule.raw_seconds:,.0f}",
        f"{rule.whole:.2f}",
        "one batch" if paced is None else f"[{'green' if paced >= aim else 'red'}]{paced:.2f}[/]",
        f"{aim:.2f}",
        f"{told['batch_ms_median']:.0f}/{told['batch_ms_max']:.0f}",
        f"[{'green' if memory <= MEMORY_AIM else 'red'}]{memory:.0f}[/]",
    )


def datasets_table(measured: Iterable[Measured]) -> Table:
    table = Table(
        title="Finding what is due: the first run, and the second with nothing new",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("dataset", no_wrap=True)
    for name in ("rows", "first:\nexamined", "s", "second:\nexamined", "s", "second/\nfirst", "verifying,\ns"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_section()
        for dataset in one.datasets:
            table.add_row(*_dataset(dataset))
    return table


def _dataset(one: DatasetMeasured) -> tuple[str, ...]:
    return (
        f"{one.dataset}, {one.kind}",
        f"{one.rows:,}",
        f"{one.examined[0]:,}",
        f"{one.first:.2f}",
        f"{one.examined[1]:,}",
        f"{one.second:.2f}",
        f"{one.second / one.first:.3f}",
        f"{one.verify:.1f}",
    )


def holds_table(measured: Iterable[HoldsMeasured]) -> Table:
    table = Table(
        title="A hold comes into force while a run writes: seconds until its receipt",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("database", no_wrap=True)
    for name in ("holds", "median", "longest"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_row(one.kind, str(len(one.seconds)), f"{one.median:.2f}", f"{max(one.seconds):.2f}")
    return table


def laws_table(measured: Iterable[LawsMeasured]) -> Table:
    table = Table(title="Finding what is due under many laws, on PostgreSQL", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("invoices", "due", "clauses", "by hand, ms", "found, ms", "ratio", "aim"):
        table.add_column(name, justify="right")
    for one in measured:
        table.add_row(
            f"{one.rows:,}",
            f"{one.due:,}",
            str(one.clauses),
            f"{one.by_hand * 1000:.1f}",
            f"{one.engine * 1000:.1f}",
            f"[{'green' if one.ratio <= RATIO_AIM else 'red'}]{one.ratio:.2f}[/]",
            f"{RATIO_AIM:.1f}",
        )
    return table
