"""Holds and their receipts, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from retention.cli.hold_scopes import scope_in_words
from retention.cli.screen import line, table
from retention.model.hold import HoldState
from retention.runtime.words import HOLD_CLASSES, counted

if TYPE_CHECKING:
    from rich.console import Console

    from retention.model.hold import Claim, Hold, HoldReceipt
    from retention.sql.control.records import HoldRecord


def show_receipt(console: Console, receipt: HoldReceipt) -> None:
    hold = receipt.hold
    _head(console, hold)
    rows = [
        (dataset.dataset, name, count, HOLD_CLASSES[how])
        for dataset in receipt.datasets
        for name, how, count in dataset.classes
    ]
    if rows:
        table(console, ("dataset", "table", "rows now", "why they stay"), rows)
    for dataset_id, name, kind, keys in receipt.linked:
        line(
            console, f"linked by {dataset_id}.{name}: {counted(keys, 'key')} of the kind {kind}, held in every dataset"
        )
    for dataset_id, name, kinds, why in receipt.doubts:
        line(console, f"cannot be linked by {dataset_id}.{name}: {why}; all about a {' or '.join(kinds)} is kept")
    for dataset in receipt.datasets:
        if dataset.retired:
            line(console, f"{dataset.dataset}: no run touches it: {dataset.reason}")
        if dataset.in_force and not dataset.classes:
            line(console, f"{dataset.dataset}: in force; no row in its scope is there now")
        empty = [name for name, count in dataset.protected if not count]
        if empty and dataset.classes:
            line(console, f"{dataset.dataset}: searched, nothing matched: {', '.join(empty)}")
        for rule_id, run_id, committed in dataset.gone:
            line(console, f"{dataset.dataset}: gone before the {hold.noun}: {rule_id} under run {run_id}, {committed}")
        no_path = [name for name in dataset.not_linked if name not in dataset.no_rule]
        if no_path:
            named = {subject.kind for subject in hold.subjects} | {kind for _, _, kind, _ in receipt.linked}
            why = f"no path leads from its rule to a {' or '.join(sorted(named))}"
            line(console, f"{dataset.dataset}: cannot be linked, {why}: {', '.join(no_path)}")
        if dataset.no_rule:
            line(console, f"{dataset.dataset}: cannot be linked, no rule speaks for it: {', '.join(dataset.no_rule)}")
    line(console, "It binds this system. Other programs can still write to these rows.")


def _head(console: Console, hold: Hold) -> None:
    line(console, f"{hold.id} on {scope_in_words(hold)}: {_state(hold)}", style="bold")
    done = "placed" if hold.claim is None else "recorded"
    line(console, f"{hold.matter}; {done} by {hold.placed_by} on {hold.placed_at:%Y-%m-%d %H:%M:%S} UTC")
    if hold.claim is not None:
        line(console, f"through {hold.claim.through.isoformat()}; owner: {hold.claim.owner}")
        line(console, f"it needs {_needed(hold.claim)}")
    if hold.state is HoldState.RELEASE_CONFIRMED:
        what = "release" if hold.claim is None else "early end"
        line(console, f"its {what} is confirmed: it protects until {until(hold)}, and the first run after that ends it")


def _state(hold: Hold) -> str:
    words = hold.state.value.replace("_", " ")
    return words if hold.claim is None else words.replace("released", "ended").replace("release", "end")


def show_list(console: Console, found: Iterable[HoldRecord]) -> None:
    rows = [
        (
            record.hold.id,
            record.hold.state.value.replace("_", " "),
            scope_in_words(record.hold),
            f"{record.hold.placed_at:%Y-%m-%d}",
            record.hold.placed_by,
            record.hold.matter,
            _release(record),
        )
        for record in found
    ]
    columns = ("hold", "state", "on", "placed", "by", "matter", "release")
    table(console, columns, rows or [("none", "", "", "", "", "", "")])


def show_claims(console: Console, found: Iterable[HoldRecord]) -> None:
    rows = [
        (
            record.hold.id,
            _state(record.hold),
            scope_in_words(record.hold),
            record.hold.claim.through.isoformat(),
            record.hold.claim.owner,
            record.hold.matter,
            _needed(record.hold.claim),
            _release(record),
        )
        for record in found
        if record.hold.claim is not None
    ]
    columns = ("claim", "state", "on", "through", "owner", "why", "needs", "early end")
    table(console, columns, rows or [("none", "", "", "", "", "", "", "")])


def _needed(claim: Claim) -> str:
    named = (f"{one.dataset}.{one.table}: {', '.join(one.columns)}" for one in claim.elements)
    return "; ".join(named) or "the whole rows"


def until(hold: Hold) -> str:
    return "" if hold.protects_until is None else f"{hold.protects_until:%Y-%m-%d %H:%M} UTC"


def _release(record: HoldRecord) -> str:
    if record.released_by:
        waits = f"; protects until {until(record.hold)}" if record.hold.state is HoldState.RELEASE_CONFIRMED else ""
        return f"confirmed by {record.released_by}{waits}"
    if record.release_requested_by:
        return f"requested by {record.release_requested_by}: {record.release_reason}"
    return ""
