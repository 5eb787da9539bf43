"""Great Expectations: it asserts what our verifier found, and looks at the data itself on a connection of its own.

Its results are asked for as truth values alone, so that no value comes out; what it raises is told by kind, never by
its text. Nothing is sent anywhere, and no Data Docs are written: their pages would load from the network.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from typing import Any

from retention.model.run import Check, CheckOutcome
from retention.sql.checks.expected import Expected, Kind
from retention.sql.database import Database

BY = "great_expectations"
NOT_INSTALLED = "Great Expectations is not installed: pip install 'retention-orchestrator[verify]', then verify again"


def checks_of(database: Database, expected: Sequence[Expected]) -> tuple[Check, ...]:
    """One check for each expectation, in their order. Where it cannot be asked at all: one that says so."""
    try:
        answers = _Answers.of(database, expected)
    except ImportError:
        return (_could_not_tell(NOT_INSTALLED),)
    except Exception as error:  # noqa: BLE001  whatever it is, nothing was told
        return (_could_not_tell(f"Great Expectations failed with {type(error).__name__}; verify again"),)
    return tuple(_check(one, answers.by_number.get(number)) for number, one in enumerate(expected))


@dataclass(frozen=True, slots=True)
class _Answer:
    held: bool
    raised: bool


@dataclass(frozen=True, slots=True)
class _Answers:
    by_number: dict[int, _Answer]

    @classmethod
    def of(cls, database: Database, expected: Sequence[Expected]) -> _Answers:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it advises its own users, who are not ours
            return cls(_ask(database, expected))


def _ask(database: Database, expected: Sequence[Expected]) -> dict[int, _Answer]:
    """One validation for each query, all in one checkpoint."""
    gx = _great_expectations()
    context = _context(gx)
    gxe = import_module("great_expectations.expectations")
    address = database.dialect.reader_url(database.engine.url)
    source = context.data_sources.add_sql(
        name="dataset",
        connection_string=address.render_as_string(hide_password=False),
        kwargs={"connect_args": database.dialect.reader_arguments()},
    )
    definitions = []
    numbered = sorted(enumerate(expected), key=lambda pair: pair[1].query)
    for position, (query, group) in enumerate(groupby(numbered, key=lambda pair: pair[1].query)):
        asset = source.add_query_asset(name=f"query {position}", query=query)
        suite = context.suites.add(gx.ExpectationSuite(name=f"suite {position}"))
        for number, one in group:
            suite.add_expectation(_expectation(gxe, one, number))
        batch = asset.add_batch_definition_whole_table("all")
        definition = gx.ValidationDefinition(name=f"validation {position}", data=batch, suite=suite)
        definitions.append(context.validation_definitions.add(definition))
    checkpoint = gx.Checkpoint(name="run", validation_definitions=definitions, result_format="BOOLEAN_ONLY", actions=[])
    outcome = context.checkpoints.add(checkpoint).run()
    return {
        int(result.expectation_config.meta["number"]): _Answer(bool(result.success), _raised(result.exception_info))
        for validation in outcome.run_results.values()
        for result in validation.results
    }


def _great_expectations() -> Any:
    """Imported here: it takes seconds, and a task that does not verify need not wait. Its settings come first."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for name in ("great_expectations", "great_expectations.expectations", "py.warnings"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return import_module("great_expectations")


def _context(gx: Any) -> Any:
    """In memory alone, and silent."""
    settings = import_module("great_expectations.data_context.types.base")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = settings.ProgressBarsConfig(globally=False)
    return context


def _expectation(gxe: Any, one: Expected, number: int) -> Any:
    meta = {"number": number}
    match one.kind:
        case Kind.ROWS:
            return gxe.ExpectTableRowCountToEqual(value=one.value, meta=meta)
        case Kind.AT_MOST:
            return gxe.ExpectTableRowCountToBeBetween(min_value=0, max_value=one.value, meta=meta)
        case Kind.ZERO:
            return gxe.ExpectColumnValuesToBeInSet(column=one.column, value_set=[0], meta=meta)
        case Kind.POSITIVE:
            return gxe.ExpectColumnValuesToBeBetween(column=one.column, min_value=1, meta=meta)
        case Kind.PATTERN:
            return gxe.ExpectColumnValuesToMatchRegex(column=one.column, regex=str(one.value), meta=meta)
        case Kind.VALUE:
            return gxe.ExpectColumnValuesToBeInSet(column=one.column, value_set=[one.value], meta=meta)
        case Kind.NULL:
            return gxe.ExpectColumnValuesToBeNull(column=one.column, meta=meta)
        case Kind.UNIQUE if len(one.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=one.columns[0], meta=meta)
        case Kind.UNIQUE:
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(one.columns), meta=meta)


def _raised(info: dict[str, Any] | None) -> bool:
    """One account, or one for each metric that failed."""
    if not info:
        return False
    accounts = [info] if "raised_exception" in info else [one for one in info.values() if isinstance(one, dict)]
    return any(account.get("raised_exception") for account in accounts)


def _check(one: Expected, answer: _Answer | None) -> Check:
    """Truth values alone: how many rows are wrong is what our own verifier counts."""
    told = answer is not None and not answer.raised
    held = answer is not None and answer.held
    if not told:
        outcome, note = CheckOutcome.COULD_NOT_TELL, "Great Expectations could not evaluate this; verify again"
    elif not held:
        outcome, note = CheckOutcome.WRONG, "at least one; truth values alone are asked for, so that no value comes out"
    else:
        outcome, note = CheckOutcome.PASSED, ""
    if held and told and one.examined == 0:
        outcome = CheckOutcome.NOT_APPLICABLE
    return Check(
        name=one.name,
        rule_id=one.rule_id,
        table=one.table,
        column=one.label,
        examined=one.examined,
        violations=int(told and not held),
        unknown=int(not told),
        outcome=outcome,
        by=BY,
        note=note,
    )


def _could_not_tell(note: str) -> Check:
    return Check(
        name="great_expectations",
        rule_id="",
        table="",
        column="",
        examined=0,
        violations=0,
        unknown=1,
        outcome=CheckOutcome.COULD_NOT_TELL,
        by=BY,
        note=note,
    )
