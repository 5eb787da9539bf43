"""Legal holds: placing them, listing them, releasing them with a second person. Claims
assessments go the same ways: retention.runtime.claims.

After ``place`` has returned a hold *in force*, this system disposes of no row in its scope. Placing goes from the
control store (pending) to each dataset (in force there) and back to the control store (in force): a crash anywhere
leaves more protection, and `retry_pending` or the next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from retention.model.errors import RetentionError, refuse
from retention.model.hold import LONGEST_KEY, Area, Claim, DatasetReceipt, Hold, HoldClass, HoldReceipt, SubjectKey
from retention.model.retirement import Retirement
from retention.model.rule import Rule
from retention.runtime.compiling import Compiling, live_rules
from retention.runtime.deployment import Deployment
from retention.runtime.identity_links import hold_everywhere
from retention.runtime.in_use import in_use
from retention.runtime.rule_changes import cooled_down_at
from retention.runtime.subjects import forms_of, refuse_unknown_kinds
from retention.sql.contexts import is_there
from retention.sql.control.records import HoldCopy, HoldRecord
from retention.sql.hold_receipts import covered_rows, gone_before, trace


def place(
    deployment: Deployment, matter: str, subjects: tuple[SubjectKey, ...], by: str, areas: tuple[Area, ...] = ()
) -> HoldReceipt:
    """Freeze everything of these subjects, present and future, in every dataset, and of these areas.

    Raises RetentionError R360 for a kind of subject that no rule knows, R367 for no matter or no scope. A dataset that
    cannot be reached is pending in the receipt, and no run touches it until it has the hold.
    """
    if not matter.strip():
        raise _nothing("a hold needs a matter", "name the case or the file number, without a person's name")
    return placed(deployment, matter, subjects, by, areas)


def placed(
    deployment: Deployment,
    matter: str,
    subjects: tuple[SubjectKey, ...],
    by: str,
    areas: tuple[Area, ...] = (),
    claim: Claim | None = None,
) -> HoldReceipt:
    """The same for a hold and for a claims assessment."""
    wanted = _canonical(deployment, subjects, areas)
    now = deployment.clock.now()
    record = deployment.control.holds.add(matter.strip(), wanted, by, now, areas=areas, claim=claim)
    copies = hold_everywhere(deployment)
    return _receipt(deployment, record.hold.id, copies)


def receipt(deployment: Deployment, hold_id: str) -> HoldReceipt:
    """The receipt of a hold as it stands now. Raises RetentionError R361 for an unknown one, R573 for a claims
    assessment; so do those below."""
    _a_hold(deployment, hold_id)
    return receipt_of(deployment, hold_id)


def receipt_of(deployment: Deployment, hold_id: str) -> HoldReceipt:
    """The same for a hold and for a claims assessment."""
    copies = tuple(deployment.control.holds.copy(dataset_id) for dataset_id in in_use(deployment))
    return _receipt(deployment, hold_id, copies)


def listing(deployment: Deployment) -> tuple[Hold, ...]:
    """All holds in the order in which they were placed, the released ones too."""
    return tuple(record.hold for record in details(deployment))


def details(deployment: Deployment) -> tuple[HoldRecord, ...]:
    """As ``listing``, with who requested and who confirmed a release, and why."""
    return tuple(record for record in deployment.control.holds.records() if record.hold.claim is None)


def request_release(deployment: Deployment, hold_id: str, by: str, reason: str) -> Hold:
    """Ask for a release; the hold protects until a second person confirms.

    Raises RetentionError R361 (unknown), R363 (requested already, or released), R367 (no reason).
    """
    _a_hold(deployment, hold_id)
    if not reason.strip():
        raise _nothing("a release needs a reason", "say why the hold is no longer needed, without a person's name")
    return deployment.control.releases.request(hold_id, by, reason.strip(), deployment.clock.now()).hold


def confirm_release(deployment: Deployment, hold_id: str, by: str) -> tuple[Hold, tuple[HoldCopy, ...]]:
    """It protects until the cool-down is over, and the first run after that, or ``retry_pending``, frees its rows.
    Where there is no cool-down it is released at once in every dataset that can be reached, and no run touches the
    others before they know.

    Raises RetentionError R361 (unknown), R362 (the person who requested it), R363 (nobody requested it).
    """
    _a_hold(deployment, hold_id)
    now = deployment.clock.now()
    record = deployment.control.releases.confirm(hold_id, by, now, protects_until=cooled_down_at(deployment, now))
    return record.hold, hold_everywhere(deployment)


def withdraw_release(deployment: Deployment, hold_id: str, by: str) -> Hold:
    """Take back a release that was requested, or confirmed and is cooling down: what protects more needs one person.

    Raises RetentionError R361 (unknown), R363 (no release was requested, or it has taken effect).
    """
    _a_hold(deployment, hold_id)
    deployment.control.releases.withdraw(hold_id, by, deployment.clock.now())
    hold_everywhere(deployment)
    return deployment.control.holds.record(hold_id).hold


def retry_pending(deployment: Deployment) -> tuple[HoldCopy, ...]:
    """Bring every dataset to the present holds; how far each has come, and why where it is behind."""
    return hold_everywhere(deployment)


# -- what was asked for ------------------------------------------------------------------------------------------------


def _canonical(
    deployment: Deployment, subjects: Iterable[SubjectKey], areas: tuple[Area, ...]
) -> tuple[SubjectKey, ...]:
    wanted = sorted({form for subject in subjects for form in forms_of(subject)})
    if not wanted and not areas:
        raise _nothing("a hold needs at least one subject", "name them as kind:key, for example customer:4711")
    if any(not subject.key.strip() or len(subject.key) > LONGEST_KEY for subject in wanted):
        raise _nothing("a subject's key is empty or too long", f"give a key of 1 to {LONGEST_KEY} characters")
    refuse_unknown_kinds(deployment, wanted, where="hold")
    return tuple(wanted)


def _a_hold(deployment: Deployment, hold_id: str) -> None:
    if deployment.control.holds.record(hold_id).hold.claim is not None:
        raise refuse(
            "R573",
            f"{hold_id} is a claims assessment, and no hold",
            where="hold",
            remedy="`retention claim` has the same verbs: show, end, confirm, withdraw",
        )


def _nothing(what: str, remedy: str) -> RetentionError:
    return refuse("R367", what, where="hold", remedy=remedy)


# -- the receipt -------------------------------------------------------------------------------------------------------


def _receipt(deployment: Deployment, hold_id: str, copies: Iterable[HoldCopy]) -> HoldReceipt:
    record = deployment.control.holds.record(hold_id)
    known = deployment.control.retirements.all()
    given_up = (known[dataset] for dataset in deployment.datasets if dataset in known and known[dataset].retired)
    links = deployment.control.links
    return HoldReceipt(
        hold=record.hold,
        datasets=(*(_of_dataset(deployment, record, copy) for copy in copies), *map(_of_retired, given_up)),
        linked=links.counted(hold_id),
        doubts=tuple((gap.dataset, gap.table, gap.kinds, gap.reason) for gap in links.gaps()),
    )


def _of_retired(given_up: Retirement) -> DatasetReceipt:
    return DatasetReceipt(
        dataset=given_up.dataset,
        in_force=False,
        reason=given_up.in_words,
        protected=(),
        gone=(),
        not_linked=(),
        retired=True,
    )


def _of_dataset(deployment: Deployment, record: HoldRecord, copy: HoldCopy) -> DatasetReceipt:
    if copy.epoch < record.epoch:
        return DatasetReceipt(
            dataset=copy.dataset,
            in_force=False,
            reason=copy.reason or "not reached yet",
            protected=(),
            gone=(),
            not_linked=(),
        )
    subjects = deployment.control.links.linked(record.hold.id) | set(record.hold.subjects)
    traces = frozenset(trace(deployment.control.trace_secret, subject) for subject in subjects)
    database = deployment.database(copy.dataset)
    with database.reading() as connection:
        live = live_rules(deployment, database, connection)
        compiling = Compiling(deployment=deployment, database=database, live=live, as_of=deployment.clock.now())
        rules = tuple(rule for rule in live.rules if is_there(rule, live.live))
        covered = covered_rows(connection, map(compiling.context, rules), record.hold.id)
        gone = gone_before(connection, database.own, traces)
    kinds = {subject.kind for subject in subjects}
    leading = tuple(rule for rule in rules if rule.subject and rule.subject.kind in kinds)
    searched = {table for rule in leading for table in rule.tables} | {name for name, rows in covered.items() if rows}
    tables = frozenset(live.live.tables)
    return DatasetReceipt(
        dataset=copy.dataset,
        in_force=True,
        reason="",
        protected=tuple((name, _held(covered[name])) for name in sorted(searched) if name in covered),
        classes=tuple((name, how, rows) for name in sorted(covered) for how, rows in covered[name].items()),
        gone=tuple((rule_id, run_id, _iso(committed)) for rule_id, run_id, committed in gone),
        not_linked=_not_linked(leading, tables) if subjects else (),
        no_rule=_not_linked(live.rules, tables),
    )


def _held(rows: Mapping[HoldClass, int]) -> int:
    return sum(count for how, count in rows.items() if how is not HoldClass.ANCHORED)


def _not_linked(rules: Iterable[Rule], tables: frozenset[str]) -> tuple[str, ...]:
    """The tables that none of these rules reaches."""
    searched = {table for rule in rules for table in rule.tables}
    return tuple(sorted(tables - searched))


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
