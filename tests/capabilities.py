"""What a database must be able to do before its dialect is accepted, and the tests that prove it."""

from __future__ import annotations

from dataclasses import dataclass

DATABASES, PROPERTIES = "tests/databases", "tests/property"


@dataclass(frozen=True, kw_only=True)
class Capability:
    """``proven_by``: how the names of its tests begin; a test proves the first capability that names it.
    ``optional``: a database without it can still be a dataset. ``excuse``: for which its tests may be left out."""

    name: str
    why: str
    proven_by: tuple[str, ...]
    optional: bool = False
    excuse: str | None = None


def _files(*names: str) -> tuple[str, ...]:
    return tuple(f"{DATABASES}/test_{name}.py" for name in names)


CAPABILITIES = (
    Capability(
        name="opening",
        why="what cannot be worked on is refused before anything is written, in words without the address",
        proven_by=_files("init"),
    ),
    Capability(
        name="migrations",
        why="our own tables of an older release are brought up, and protect throughout",
        proven_by=_files("own_migrations"),
        excuse="version 1 did not know this kind of database",
    ),
    Capability(
        name="snapshots",
        why="columns, types, keys and references are read as they are: rules are checked against them",
        proven_by=_files("reflection"),
    ),
    Capability(
        name="digests",
        why="SHA-256 and HMAC of the same text are the same everywhere: pseudonyms, journal and ledger rest on them",
        proven_by=(
            f"{DATABASES}/test_dialects.py::test_digests",
            f"{DATABASES}/test_dialects.py::test_parts_of_a_digest",
            f"{DATABASES}/test_dialects.py::test_rows_are_digested",
        ),
    ),
    Capability(
        name="secrets",
        why="a key reaches a session without standing in a statement, and ends with the session",
        proven_by=(f"{DATABASES}/test_dialects.py::test_secrets", f"{DATABASES}/test_dialects.py::test_no_statement"),
    ),
    Capability(
        name="keys",
        why="a person's key has one text, or a hold would miss the person",
        proven_by=(f"{DATABASES}/test_dialects.py::test_a_persons_key",),
    ),
    Capability(
        name="texts",
        why="two different texts are never equal, and their order is that of their bytes, whatever the language",
        proven_by=(f"{DATABASES}/test_dialects.py::test_texts",),
    ),
    Capability(
        name="references",
        why="foreign keys are enforced in our sessions, too: an orphan is refused, not made",
        proven_by=(f"{DATABASES}/test_dialects.py::test_foreign_keys",),
    ),
    Capability(
        name="clock",
        why="the server's time is told in milliseconds: as-of, leases and journal are held against it",
        proven_by=(f"{DATABASES}/test_dialects.py::test_the_servers_clock",),
    ),
    Capability(
        name="fence",
        why="a hold waits for running batches and goes before newcomers, who then see it; locks are no other errors",
        proven_by=_files("fence"),
    ),
    Capability(
        name="leases",
        why="two workers never do the same work, and the work of a dead one is taken over",
        proven_by=_files("lease"),
    ),
    Capability(
        name="decisions",
        why="SQL selects exactly the rows for which decide() says due, whatever is stored: to the day, in every zone",
        proven_by=(f"{PROPERTIES}/",),
    ),
    Capability(
        name="groups",
        why="a group goes whole or not at all, and nothing goes twice",
        proven_by=_files("runs", "second_reference", "self_reference"),
    ),
    Capability(
        name="refused rows",
        why="a row that the database refuses to write is told from a lock and a wrong statement, and set aside alone",
        proven_by=_files("set_aside"),
    ),
    Capability(
        name="pseudonyms",
        why="the same person gets the same pseudonym in every database, and no value of theirs leaves it",
        proven_by=_files("pseudonyms", "pools"),
    ),
    Capability(
        name="holds",
        why="a hold of any kind freezes all of its scope, linked persons too, and its receipt says so",
        proven_by=_files("holds", "hold_scopes", "identity_links", "retirement", "many_subjects"),
    ),
    Capability(
        name="races",
        why="no row in a hold's scope is touched after its receipt, whatever runs at the same time",
        proven_by=_files("races"),
    ),
    Capability(
        name="kills",
        why="a worker that dies leaves nothing half done, and the next run completes",
        proven_by=_files("kills", "steps", "promises"),
    ),
    Capability(
        name="facts",
        why="what another rule still needs of a row is written in the transaction that deletes the row",
        proven_by=_files("facts"),
    ),
    Capability(
        name="changes",
        why="what an edit of a rule would make go earlier waits",
        proven_by=_files("cool_downs", "rule_changes", "released_holds"),
    ),
    Capability(
        name="plans",
        why="a plan is carried out as it was made and approved, or not at all; each decision can be explained",
        proven_by=_files("plan_contract", "plan_approval", "planning_failures", "refusing_before_writing", "explain"),
    ),
    Capability(
        name="verification",
        why="each fault is found by the check for it; what was kept to find it is forgotten",
        proven_by=_files("verification", "forgetting"),
    ),
    Capability(
        name="control store",
        why="runs, holds and the ledger can be kept in it: one writer at a time, instants to the microsecond",
        proven_by=_files("control_store", "ledger"),
        optional=True,
    ),
    Capability(
        name="company",
        why="the sample company, with its rules, comes to the same end; and whatever else is tested on every database",
        proven_by=("tests/",),
    ),
)


def capability_of(test: str) -> Capability:
    """``test``: as pytest names it, from the repository's folder."""
    return next(one for one in CAPABILITIES if test.startswith(one.proven_by))


def table() -> str:
    """The table of docs/dialects.md."""
    rows = [
        f"| {one.name}{' (optional)' if one.optional else ''} | {one.why} | "
        f"{', '.join(f'`{test}`' for test in one.proven_by)} |"
        for one in CAPABILITIES
    ]
    return "\n".join(["| capability | why it is needed | the tests that prove it |", "|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    print(table())
