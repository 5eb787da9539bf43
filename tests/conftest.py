"""The end of a test run names what was left out. With RETENTION_REQUIRE_ALL=1 leaving anything out is a failure.

What cannot concern a database, such as data of a release that did not know it, is named too, and is no failure.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache

import pytest

from retention.runtime import pools
from tests.capabilities import CAPABILITIES
from tests.economy import collect_garbage_seldom, write_into_memory

pytest_plugins = ["tests.conformance", "tests.database_servers"]
collect_garbage_seldom()
write_into_memory()
pools.fill_pool = cache(pools.fill_pool)  # Faker takes a second for what is the same each time

# Files of a minute and more, by what they take: begun first, so that no worker is left with one of them at the end.
LONG = (
    "tests/databases/test_verification.py",
    "tests/browser/test_airflow_ui.py",
    "tests/property/test_sql_follows_decide.py",
    "tests/acceptance/test_demo.py",
    "tests/databases/test_sample.py",
    "tests/databases/test_runs.py",
    "tests/databases/test_kills.py",
    "tests/acceptance/test_readme.py",
    "tests/databases/test_races.py",
    "tests/property/test_sql_heeds_cool_downs.py",
    "tests/property/test_sql_follows_terms.py",
    "tests/airflow/test_runs.py",
    "tests/databases/test_claims.py",
    "tests/faults/test_parts_left_out.py",
    "tests/databases/test_hold_scopes.py",
    "tests/databases/test_facts_from_elsewhere.py",
    "tests/databases/test_forecast.py",
)

DOES_NOT_CONCERN = frozenset(one.excuse for one in CAPABILITIES if one.excuse)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(LONG)))


def _skipped(reporter: pytest.TerminalReporter) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[text.removeprefix("Skipped: ")] += 1
    return reasons


def _left_out(reporter: pytest.TerminalReporter) -> list[str]:
    return sorted(_skipped(reporter).keys() - DOES_NOT_CONCERN)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = _skipped(terminalreporter)
    terminalreporter.section("left out")
    if not _left_out(terminalreporter):
        terminalreporter.write_line("nothing: every server and browser that a test asked for was there")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} tests: {reason}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("RETENTION_REQUIRE_ALL") == "1" and reporter is not None and _left_out(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
