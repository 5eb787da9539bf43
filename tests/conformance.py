"""The conformance suite: with RETENTION_CONFORMANCE_URL the tests of all capabilities, on that database alone.

RETENTION_CONFORMANCE_ONLY names some capabilities, with commas between them. The end of the test run says of each
whether the database is able. Failed and could not be told are different, and neither passes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from sqlalchemy import make_url

from retention.model.errors import RetentionError
from retention.sql.control.engines import parsed
from tests.capabilities import CAPABILITIES, Capability, capability_of

URL, ONLY = "RETENTION_CONFORMANCE_URL", "RETENTION_CONFORMANCE_ONLY"
PARAMETER = "conformance"  # of any_database, instead of all others
ABLE, NOT_ABLE, COULD_NOT_TELL, NOT_CLAIMED = "able", "NOT ABLE", "could not tell", "not claimed"
_PROPERTY = "capability"


def wanted(only: str) -> tuple[Capability, ...]:
    """Raises pytest.UsageError for an unknown name, listing the known."""
    names = {name.strip() for name in only.split(",") if name.strip()}
    unknown = names - {one.name for one in CAPABILITIES}
    if unknown:
        known = ", ".join(one.name for one in CAPABILITIES)
        raise pytest.UsageError(f"{ONLY}: no capability {', '.join(sorted(unknown))}; there are: {known}")
    return tuple(one for one in CAPABILITIES if one.name in names or not names)


def outcome(capability: Capability, counted: Mapping[str, int], address: str) -> str:
    """``counted``: tests by what became of them, as pytest calls it, and the ``excused``. A test that was left out for
    any other reason proves nothing."""
    if capability.optional and not claims(address):
        return NOT_CLAIMED
    if counted.get("failed") or counted.get("error"):
        return NOT_ABLE
    if counted.get("excused") and not counted.get("passed") and not counted.get("skipped"):
        return NOT_CLAIMED
    return ABLE if counted.get("passed") and not counted.get("skipped") else COULD_NOT_TELL


def claims(address: str) -> bool:
    """Whether the control store knows this kind of database."""
    try:
        parsed(make_url(address).set(database="control").render_as_string(hide_password=False))
    except RetentionError:
        return False
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    address = os.environ.get(URL)
    if address is None:
        return
    chosen = [one for one in wanted(os.environ.get(ONLY, "")) if not one.optional or claims(address)]
    kept, left = [], []
    for item in items:
        on_it = PARAMETER in getattr(getattr(item, "callspec", None), "params", {}).values()
        capability = capability_of(item.nodeid)
        (kept if on_it and capability in chosen else left).append(item)
        item.add_marker(pytest.mark.conformance)
        item.user_properties.append((_PROPERTY, capability.name))
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def _outcomes(reporter: pytest.TerminalReporter, address: str) -> Iterable[tuple[str, str, int]]:
    """(capability, outcome, number of its tests)."""
    counted: dict[str, Counter[str]] = {}
    for kind in ("passed", "failed", "error", "skipped"):
        for report in reporter.stats.get(kind, []):
            name = dict(report.user_properties).get(_PROPERTY)
            if name is not None and (report.when == "call" or kind != "passed"):
                excuse = next(one.excuse for one in CAPABILITIES if one.name == name)
                excused = kind == "skipped" and excuse is not None and excuse in str(report.longrepr)
                counted.setdefault(str(name), Counter())["excused" if excused else kind] += 1
    for one in wanted(os.environ.get(ONLY, "")):
        of_it = counted.get(one.name, Counter())
        yield one.name, outcome(one, of_it, address), of_it.total()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    address = os.environ.get(URL)
    if address is None:
        return
    terminalreporter.section(f"conformance of {make_url(address).get_backend_name()}")
    for name, said, tests in _outcomes(terminalreporter, address):
        terminalreporter.write_line(f"{name:<14} {said:<14} {tests:>4} tests")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    address = os.environ.get(URL)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if address is None or reporter is None or session.config.option.collectonly:
        return
    if any(said in (NOT_ABLE, COULD_NOT_TELL) for _, said, _ in _outcomes(reporter, address)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
