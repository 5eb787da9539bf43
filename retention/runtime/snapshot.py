"""Write the schema that a dataset's rules rely on beside the rules, and say what changed since it was written last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retention.model.errors import RetentionError, refuse
from retention.model.rule import Rule
from retention.model.schema import Schema
from retention.planning.drift import Difference, differences
from retention.policy import load, read_snapshot, snapshot_text
from retention.runtime.deployment import Deployment
from retention.runtime.whole_file import write_whole
from retention.sql.reflection import reflect


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReceipt:
    """``first``: there was none that could be read. ``changes`` are empty when the text stayed the same."""

    dataset: str
    path: Path
    tables: int
    columns: int
    first: bool
    changed: bool  # the file was written
    changes: tuple[Difference, ...]


def snapshot(deployment: Deployment, dataset_id: str) -> SnapshotReceipt:
    """Reads the database alone, and replaces the file in one step.

    Raises RetentionError R303, R320, R301, and R306 where the file cannot be written.
    """
    dataset = deployment.dataset(dataset_id)
    database = deployment.database(dataset.id)
    with database.reading() as connection:
        live = reflect(connection, database)
    path = deployment.rules_dir / "snapshots" / f"{dataset.id}.yaml"
    before, rules = _before(path), _rules(deployment, dataset.id)
    text = snapshot_text(live, dataset.id)
    changed = not path.exists() or path.read_text(encoding="utf-8") != text
    if changed:
        _replace(path, text)
    return SnapshotReceipt(
        dataset=dataset.id,
        path=path,
        tables=len(live.tables),
        columns=sum(len(table.columns) for table in live.tables.values()),
        first=before is None,
        changed=changed,
        changes=() if before is None else differences(before, live, rules),
    )


def _before(path: Path) -> Schema | None:
    """A file that somebody edited into nonsense counts as none: it is written anew."""
    try:
        return read_snapshot(path) if path.exists() else None
    except RetentionError:
        return None


def _rules(deployment: Deployment, dataset_id: str) -> tuple[Rule, ...]:
    """The dataset's rules before the new snapshot, as far as the folder is in order: whom a change concerns."""
    rules = load(deployment.rules_dir).rules
    return () if rules is None else rules.of_dataset(dataset_id)


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise refuse(
            "R306",
            f"the snapshot cannot be written: {error.strerror}",
            where=str(path),
            remedy="let this user write the folder of the rules",
        ) from None
