"""The rules of docs/law.md are rules: each block, put into a rule, is read without a problem."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from retention.policy import load

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/law.md").read_text(encoding="utf-8"), re.DOTALL)
DATASETS = """\
version: 1
datasets:
  billing:
    title: Billing
    url_from_environment: RETENTION_BILLING_URL
    zone: UTC
    owner: privacy@northgate.example
    ignored_tables: {accounts: made up, service_periods: made up, tenants: made up}
"""
COLUMNS = {
    "id": "INTEGER NOT NULL",
    "account_id": "INTEGER",
    "tenant_id": "INTEGER",
    **dict.fromkeys(("issued_on", "hired_on", "left_on", "recorded_on", "last_debit_on"), "DATE"),
    "dispute": "TEXT",
    "card_token": "TEXT",
}
SNAPSHOT = """\
version: 1
dataset: billing
dialect: postgresql
tables:
  accounts:
    columns: {id: INTEGER NOT NULL, country: TEXT, full_name: TEXT, street: TEXT}
    primary_key: [id]
  service_periods:
    columns: {id: INTEGER NOT NULL, invoice_id: INTEGER, started_on: DATE, ended_on: DATE}
    primary_key: [id]
    foreign_keys: [{columns: {invoice_id: id}, refers_to: invoices}]
    indexes: [[invoice_id]]
  tenants:
    columns: {id: INTEGER NOT NULL, retention_months: INTEGER}
    primary_key: [id]
  invoices:
    columns: {INVOICES}
    primary_key: [id]
    indexes: [[account_id]]
""".replace("INVOICES", ", ".join(f"{name}: {kind}" for name, kind in COLUMNS.items()))
HEAD = """\
version: 1
id: billing.invoices
title: Invoices
dataset: billing
cluster: purchases
table: invoices
subject: {nobody: an example}
"""


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split(":")[0] for block in BLOCKS])
def test_a_block_is_a_rule(block: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "retention_rules" / "statutes", tmp_path / "statutes")
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "rules" / "billing").mkdir(parents=True)
    (tmp_path / "datasets.yaml").write_text(DATASETS)
    (tmp_path / "snapshots" / "billing.yaml").write_text(SNAPSHOT)
    if block.startswith("conflicts:"):
        block += (
            "floors: [{id: us-ca, start: issued_on, period: P4Y, basis: one law}]\n"
            "ceilings: [{id: nl, start: left_on, period: P4W, basis: another one}]\n"
        )
    own = [name for name in COLUMNS if f"{name}: {{kind" not in block]
    text = HEAD + block + ("" if "disposition:" in block else "disposition: delete\n")
    kinds = {"id": "key", "account_id": "key", "tenant_id": "key", "card_token": "token", "dispute": "other"}
    text += "columns: {" + ", ".join(f"{name}: {kinds.get(name, 'date')}" for name in own) + "}\n"
    (tmp_path / "rules" / "billing" / "invoices.yaml").write_text(text)
    assert [str(problem) for problem in load(tmp_path).problems] == []


def test_every_block_is_looked_at() -> None:
    assert len(BLOCKS) == 7
