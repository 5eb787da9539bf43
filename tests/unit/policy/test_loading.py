"""The rules folder as a whole: values, digests, snapshots, settings."""

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from retention.model.alignment import AlignTo
from retention.model.clause import Role
from retention.model.condition import All, Compare, Operator
from retention.model.dataset import IdentityLink
from retention.model.errors import RetentionError
from retention.model.period import Period
from retention.model.rule import Action, Consistent, Missing, Replace
from retention.model.schema import Column, ForeignKey, Schema, Table
from retention.model.settings import Settings
from retention.model.starting_point import RelationshipEnd, Stored
from retention.policy import (
    load,
    load_datasets,
    load_or_refuse,
    load_settings,
    read_snapshot,
    rule_digest,
    snapshot_text,
)

BASE = Path(__file__).parents[2] / "corpus" / "base"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "retention_rules"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_rule_is_converted_in_full() -> None:
    rule = load_or_refuse(BASE).rule("crm.accounts")
    assert (rule.table, rule.primary_key, rule.zone) == ("accounts", ("id",), "America/Los_Angeles")
    assert rule.source.file == "rules/crm/accounts.yaml"
    assert rule.disposition.action is Action.PSEUDONYMIZE
    assert rule.disposition.then_delete_after == Period(years=2)
    member = rule.members[0]
    assert (member.parent, member.join.columns, member.join.far_columns) == ("accounts", ("account_id",), ("id",))
    assert rule.relationship is not None
    assert rule.relationship.join.columns == ("id",)
    assert rule.relationship.end.open_values == ("9999-12-31",)
    purpose = rule.of_role(Role.PURPOSE)[0]
    assert isinstance(purpose.start.event, RelationshipEnd)
    initials = next(use for use in rule.columns if use.column == "initials")
    assert initials.treatment == Replace(strategy="constant", params={"value": "X"}, consistent=Consistent.SUBJECT)


def test_what_is_left_out_comes_from_the_dataset_and_the_snapshot() -> None:
    rules = load_or_refuse(BASE)
    tickets = rules.rule("crm.tickets")
    assert tickets.owner == "privacy@northgate.example"
    assert tickets.subject is not None
    assert tickets.subject.missing is Missing.NOBODY
    floor = rules.rule("crm.invoices").of_role(Role.FLOOR)[0]
    assert floor.start.align.to is AlignTo.CALENDAR_YEAR
    assert floor.start.event.at.stored is Stored.DATE  # type: ignore[union-attr]
    declared = [key for key in rules.schemas["crm"].tables["ticket_notes"].foreign_keys if not key.declared]
    assert declared == [ForeignKey(columns=("ticket_id",), table="tickets", referred_columns=("id",), declared=False)]
    assert rules.datasets["web"].zone == "UTC"


def test_conditions_keep_the_types_of_their_constants(folder: Path) -> None:
    _edit(
        folder / "rules/crm/invoices.yaml",
        "{column: country, equals: US}",
        "{all: [{column: issued_on, at_least: 2024-01-01}, {column: country, is: null}]}",
    )
    floor = load_or_refuse(folder).rule("crm.invoices").of_role(Role.FLOOR)[0]
    assert floor.when == All(
        parts=(
            Compare(column="issued_on", operator=Operator.AT_LEAST, values=(date(2024, 1, 1),)),
            Compare(column="country", operator=Operator.IS_NULL),
        )
    )


def test_no_is_a_country_not_a_truth_value(folder: Path) -> None:
    _edit(folder / "rules/crm/invoices.yaml", "in: [DE]", "in: [NO, DE]")
    floor = load_or_refuse(folder).rule("crm.invoices").of_role(Role.FLOOR)[1]
    assert floor.when == Compare(column="country", operator=Operator.IN, values=("NO", "DE"))


def test_the_digest_does_not_depend_on_layout_order_of_keys_or_spelled_out_defaults(folder: Path) -> None:
    before = load_or_refuse(folder).rule("crm.tickets")
    path = folder / "rules/crm/tickets.yaml"
    _edit(path, "cluster: support\n", "# a comment\nzone: America/Los_Angeles\n")
    path.write_text(path.read_text() + "cluster: support\nowner: privacy@northgate.example\n")
    path.rename(path.with_name("renamed.yaml"))
    after = load_or_refuse(folder).rule("crm.tickets")
    assert after.digest == before.digest == rule_digest(after)


@pytest.mark.parametrize(
    ("old", "new"),
    [("P3Y", "P4Y"), ("when_missing: nobody", "when_missing: unknown"), ("title: free_text", "title: none")],
)
def test_the_digest_changes_with_the_rule(folder: Path, old: str, new: str) -> None:
    before = load_or_refuse(folder)
    _edit(folder / "rules/crm/tickets.yaml", old, new)
    after = load_or_refuse(folder)
    assert after.rule("crm.tickets").digest != before.rule("crm.tickets").digest
    assert after.digest != before.digest


def test_an_identity_link_is_read_and_part_of_the_digest_of_all_rules(folder: Path) -> None:
    _edit(folder / "rules/web/page_views.yaml", "{nobody: addresses are not linked to accounts}", "{kind: ip, key: ip}")
    before = load_or_refuse(folder)
    link = "      - {table: tickets, subjects: {customer: account_id, ip: id}}\n"
    _edit(folder / "datasets.yaml", "    ignored_tables:", f"    identity_links:\n{link}    ignored_tables:")
    linked = load_or_refuse(folder)
    assert linked.datasets["crm"].identity_links == (
        IdentityLink(table="tickets", subjects={"customer": "account_id", "ip": "id"}, null_is_nobody=False),
    )
    _edit(folder / "datasets.yaml", "ip: id}}", "ip: id}, when_missing: nobody}")
    looser = load_or_refuse(folder)
    assert looser.datasets["crm"].identity_links[0].null_is_nobody
    assert len({before.digest, linked.digest, looser.digest}) == 3


def test_a_kind_between_two_links_is_a_step_and_needs_no_rule(folder: Path) -> None:
    _edit(folder / "rules/web/page_views.yaml", "{nobody: addresses are not linked to accounts}", "{kind: ip, key: ip}")
    steps = (
        "      - {table: tickets, subjects: {customer: account_id, case: id}}\n"
        "      - {table: invoices, subjects: {case: id, ip: account_id}}\n"
    )
    _edit(folder / "datasets.yaml", "    ignored_tables:", f"    identity_links:\n{steps}    ignored_tables:")
    assert load(folder).problems == ()


def test_constants_of_different_types_have_different_digests() -> None:
    rule = load_or_refuse(BASE).rule("crm.tickets")
    values = ("1", 1, True, Decimal(1), date(2024, 1, 1), "2024-01-01")
    conditions = [Compare(column="x", operator=Operator.EQUALS, values=(value,)) for value in values]
    assert len({rule_digest(replace(rule, condition=condition)) for condition in conditions}) == len(values)


def test_a_refusal_names_every_problem(folder: Path) -> None:
    _edit(folder / "rules/crm/tickets.yaml", "P3Y", "3y")
    _edit(folder / "rules/web/page_views.yaml", "ip: ip", "ip: address")
    with pytest.raises(RetentionError) as refusal:
        load_or_refuse(folder)
    assert [problem.code for problem in refusal.value.problems] == ["R110", "R109"]


def test_datasets_load_without_snapshots(folder: Path) -> None:
    shutil.rmtree(folder / "snapshots")
    assert list(load_datasets(folder)) == ["crm", "web"]
    assert {problem.code for problem in load(folder).problems} == {"R117"}


def test_settings_have_safe_defaults_and_name_what_is_looser(folder: Path) -> None:
    assert load_settings(folder).relaxed == ("limits",)
    (folder / "settings.yaml").write_text("version: 1\nfirst_run_is_plan_only: false\nplan_lifetime_minutes: 9999\n")
    assert load_settings(folder).relaxed == ("first_run_is_plan_only", "plan_lifetime_minutes")
    (folder / "settings.yaml").unlink()
    assert load_settings(folder) == Settings()


def test_a_snapshot_reads_back_as_it_was_written(tmp_path: Path) -> None:
    odd = Table(
        name='Kunden: "alle"',
        columns=(
            Column(name="id", type="INTEGER", nullable=False),
            Column(name="on", type="NUMERIC(10, 2)", nullable=True),
            Column(name="2nd", type="TEXT", nullable=False, generated=True),
            Column(name="untyped", type="", nullable=True),
            Column(name="state", type='public."State"', nullable=False),
        ),
        primary_key=("id",),
        foreign_keys=(ForeignKey(columns=("on",), table="null", referred_columns=("id",), on_delete="SET NULL"),),
        unique=(("2nd", "id"),),
        indexes=(("on",),),
        triggers=("audit",),
    )
    other = Table(name="null", columns=(Column(name="id", type="INTEGER", nullable=False),), primary_key=("id",))
    schema = Schema(dialect="sqlite", tables={odd.name: odd, other.name: other})
    path = tmp_path / "crm.yaml"
    path.write_text(snapshot_text(schema, "crm"), encoding="utf-8")
    assert read_snapshot(path) == schema


def test_a_file_that_is_too_large_is_not_read(folder: Path) -> None:
    (folder / "rules/crm/tickets.yaml").write_bytes(b"#" * 4_000_001)
    assert [problem.code for problem in load(folder).problems] == ["R101"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RetentionError, match="there is no folder"):
        load_or_refuse(tmp_path / "nowhere")
