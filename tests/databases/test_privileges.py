"""docs/privileges.md, carried out: the rules of crm run with exactly these grants, and not without one of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from retention.model.errors import RetentionError
from retention.model.run import RunState, SealedRun
from retention.runtime.deployment import Deployment
from retention.runtime.initialise import initialise
from retention.runtime.run import run_dataset
from retention.runtime.snapshot import snapshot
from retention.sample import build_all
from tests.database_servers import PostgreSQLServer
from tests.world import AS_OF, FixedResolver, SetClock

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """\
version: 1
limits: {share: 1.0, groups: 1000000}
cool_down: P0D
first_run_is_plan_only: false
pool_size: 64
"""
PEOPLE = 60
NEEDED = ("TEMPORARY", "CREATE SCHEMA", "SELECT ON ALL", "ON accounts", "GRANT DELETE", "(account_id)")


def grants(role: str, database: str) -> list[str]:
    """The statements of the document, for a role and a database of this test's own."""
    text = (ROOT / "docs" / "privileges.md").read_text()
    block = re.search(r"```sql\n(.*?)```", text, re.DOTALL)
    assert block is not None
    plain = re.sub(r"--[^\n]*", "", block.group(1))
    statements = [" ".join(statement.split()) for statement in plain.split(";") if statement.strip()]
    named = [re.sub(r"\b(ROLE|TO|AUTHORIZATION) retention\b", rf"\1 {role}", statement) for statement in statements]
    return [statement.replace("DATABASE crm", f"DATABASE {database}") for statement in named]


@pytest.fixture
def database(postgresql: PostgreSQLServer) -> Iterator[tuple[str, str]]:
    """(address of the owner, name) of a filled database in which nobody may do anything by default."""
    url = postgresql.fresh()
    name = str(make_url(url).database)
    build_all({"crm": url}, PEOPLE)
    postgresql.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    postgresql.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", name)
    yield url, name
    postgresql.execute(f"DROP OWNED BY agent_{name}", name)
    postgresql.execute(f"DROP ROLE agent_{name}")


@pytest.fixture
def deployment(postgresql: PostgreSQLServer, database: tuple[str, str], tmp_path: Path) -> Callable[[str], Deployment]:
    """The sample's rules for crm, with a role that has all grants of the document but one."""
    url, name = database
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "retention_rules", rules)
    (rules / "settings.yaml").write_text(SETTINGS)
    owner = Deployment(rules, tmp_path / "home", FixedResolver(url), SetClock())
    snapshot(owner, "crm")
    owner.close()

    def opened(without: str) -> Deployment:
        for statement in grants(f"agent_{name}", name):
            if without == "TEMPORARY":
                statement = statement.replace("CONNECT, TEMPORARY", "CONNECT")
            if not without or without not in statement:
                postgresql.execute(statement, name)
        resolver = FixedResolver(postgresql.url(name, user=f"agent_{name}"))
        return Deployment(rules, tmp_path / "home", resolver, SetClock())

    return opened


def run(deployment: Deployment) -> SealedRun:
    try:
        initialise(deployment, ["crm"])
        return run_dataset(deployment, "crm", as_of=AS_OF, plan_only=False, external_id="one", told=lambda *_: None)
    finally:
        deployment.close()


def test_the_grants_suffice(deployment: Callable[[str], Deployment]) -> None:
    sealed = run(deployment(""))
    done = {
        step.rule_id: (step.deleted + step.pseudonymized, step.unexplained, step.set_aside) for step in sealed.steps
    }
    assert set(done) == {"crm.accounts", "crm.consents", "crm.business_contacts"}
    assert all(written > 0 and not rest[0] and not rest[1] for written, *rest in done.values())
    assert sealed.verification is not None and sealed.verification.checks


@pytest.mark.parametrize("missing", NEEDED)
def test_none_is_there_in_vain(deployment: Callable[[str], Deployment], missing: str) -> None:
    opened = deployment(missing)
    try:
        sealed = run(opened)
    except (RetentionError, SQLAlchemyError, psycopg.Error):
        return  # it cannot even be set up
    assert sealed.state is RunState.FAILED
    assert any("R399" in problem for problem in sealed.problems), "and says that the database refused"
