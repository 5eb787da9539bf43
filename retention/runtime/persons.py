"""Who acts: the operating-system user, or whoever has a token of their own. No name is taken from the environment."""

from __future__ import annotations

import os
import secrets

from retention.model.errors import refuse
from retention.runtime.deployment import Deployment

TOKEN_VARIABLE = "RETENTION_TOKEN"  # noqa: S105  the variable's name
LONGEST_NAME = 100


def who_acts(deployment: Deployment, token: str | None = None) -> str:
    """The name of the person: of the given token, else of the one in $RETENTION_TOKEN, else the user of the process.

    Raises RetentionError R365 for a token that is nobody's; it is not repeated.
    """
    given = token or os.environ.get(TOKEN_VARIABLE)
    if not given:
        return operating_system_user()
    name = deployment.control.persons.person(given.strip())
    if name is None:
        raise refuse(
            "R365",
            "this token is nobody's",
            where=f"--token or ${TOKEN_VARIABLE}",
            remedy="give the token that `retention token new NAME` showed once, or have a new one made",
        )
    return name


def new_token(deployment: Deployment, name: str, by: str) -> str:
    """A token for a person, shown once and never again: the control store keeps its hash. Recorded in the ledger.

    Raises RetentionError R364 where the name has one already, R368 for a name of no use.
    """
    wanted = name.strip()
    if not wanted or len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise refuse(
            "R368",
            f"a person's name has 1 to {LONGEST_NAME} printable characters",
            where="persons",
            remedy="`retention token new NAME`, with the name by which colleagues know the person",
        )
    token = secrets.token_urlsafe(32)
    deployment.control.persons.add_token(wanted, token, made_by=by, at=deployment.clock.now())
    return token


def operating_system_user() -> str:
    """By the process's user number. Variables like USER can be set by anybody, and are not asked."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return f"user {os.getuid()}"
