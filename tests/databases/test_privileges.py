"""docs/privileges.md, carried out: the rules of crm run with exactly these grants, and not without one of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import Error as PostgreSQLError
from pymysql import MySQLError
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
from tests.mariadb_server import MariaDBServer
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
# Kind of database -> what is taken away: of the statements that say the first, the second is left (nothing: none).
NEEDED = {
    "postgresql": {
        "CONNECT, TEMPORARY": "CONNECT",
        "CREATE SCHEMA": "",
        "SELECT ON ALL": "",
        "ON accounts": "",
        "GRANT DELETE": "",
        "(account_id)": "",
    },
    "mariadb": {
        "CREATE, SELECT, INSERT": "SELECT, INSERT",
        "SELECT, INSERT, UPDATE": "INSERT, UPDATE",
        "INSERT, UPDATE": "UPDATE",
        "UPDATE, DELETE": "DELETE",
        ", DELETE": " ",
        "SELECT, CREATE TEMPORARY": "CREATE TEMPORARY",
        ", CREATE TEMPORARY TABLES": " ",
        "ON crm.accounts": "",
        "ON crm.consents": "",
        "ON crm.business_contacts": "",
    },
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A filled database in which nobody may do anything by default, and how its administrator grants."""

    owner: str  # an address
    agent: str  # an address, of the role that the grants are for
    execute: Callable[[str], object]  # a statement of the document, for this database and role


def documented(kind: str) -> list[str]:
    text = (ROOT / "docs" / "privileges.md").read_text()
    block = re.search(rf"## {kind}\n.*?```sql\n(.*?)```", text, re.DOTALL | re.IGNORECASE)
    assert block is not None
    plain = re.sub(r"--[^\n]*", "", block.group(1))
    return [" ".join(statement.split()) for statement in plain.split(";") if statement.strip()]


@pytest.fixture
def postgresql_place(postgresql: PostgreSQLServer) -> Iterator[Place]:
    url = postgresql.fresh()
    name = str(make_url(url).database)
    role = f"agent_{name}"
    postgresql.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    postgresql.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC", name)

    def execute(statement: str) -> None:
        statement = re.sub(r"\b(ROLE|TO|AUTHORIZATION) retention\b", rf"\1 {role}", statement)
        postgresql.execute(statement.replace("DATABASE crm", f"DATABASE {name}"), name)

    yield Place(owner=url, agent=postgresql.url(name, user=role), execute=execute)
    postgresql.execute(f"DROP OWNED BY {role}", name)
    postgresql.execute(f"DROP ROLE {role}")


@pytest.fixture
def mariadb_place(mariadb: MariaDBServer) -> Iterator[Place]:
    url = mariadb.fresh()
    name = str(make_url(url).database)
    role = f"agent_{name}"

    def execute(statement: str) -> None:
        statement = re.sub(r"\b(USER|TO) retention\b", rf"\1 {role}", statement)
        mariadb.execute(re.sub(r"\bcrm(?=\.|_retention)", name, statement))

    yield Place(owner=url, agent=mariadb.url(name, user=role), execute=execute)
    mariadb.execute(f"DROP USER {role}")
    mariadb.drop(url)


@pytest.fixture
def deployment(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Callable[[str], Deployment]:
    """The sample's rules for crm, with a role that has all grants of the document but one."""
    place: Place = request.getfixturevalue(f"{kind}_place")
    build_all({"crm": place.owner}, PEOPLE)
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "retention_rules", rules)
    (rules / "settings.yaml").write_text(SETTINGS)
    owner = Deployment(rules, tmp_path / "home", FixedResolver(place.owner), SetClock())
    snapshot(owner, "crm")
    owner.close()

    def opened(without: str) -> Deployment:
        for statement in remaining(kind, without):
            place.execute(statement)
        return Deployment(rules, tmp_path / "home", FixedResolver(place.agent), SetClock())

    return opened


def remaining(kind: str, without: str) -> list[str]:
    if not without:
        return documented(kind)
    assert any(without in statement for statement in documented(kind)), "the document grants something else"
    left = NEEDED[kind][without]
    kept = [one for one in documented(kind) if left or without not in one]
    return [one.replace(without, left) if left else one for one in kept]


def run(deployment: Deployment) -> SealedRun:
    try:
        initialise(deployment, ["crm"])
        return run_dataset(deployment, "crm", as_of=AS_OF, plan_only=False, external_id="one", told=lambda *_: None)
    finally:
        deployment.close()


@pytest.mark.parametrize("kind", NEEDED)
def test_the_grants_suffice(deployment: Callable[[str], Deployment]) -> None:
    sealed = run(deployment(""))
    done = {
        step.rule_id: (step.deleted + step.pseudonymized, step.unexplained, step.set_aside) for step in sealed.steps
    }
    assert set(done) == {"crm.accounts", "crm.consents", "crm.business_contacts"}
    assert all(written > 0 and not rest[0] and not rest[1] for written, *rest in done.values())
    assert sealed.verification is not None and sealed.verification.checks


@pytest.mark.parametrize(("kind", "missing"), [(kind, one) for kind, grants in NEEDED.items() for one in grants])
def test_none_is_there_in_vain(deployment: Callable[[str], Deployment], missing: str) -> None:
    opened = deployment(missing)
    try:
        sealed = run(opened)
    except (RetentionError, SQLAlchemyError, PostgreSQLError, MySQLError):
        return  # it cannot even be set up
    assert sealed.state is RunState.FAILED
    assert any("R399" in problem for problem in sealed.problems), "and says that the database refused"
