"""The first form of the control store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SCHEMA = "retention_control"
INSTANT = sa.String(32)  # ISO 8601, UTC, microseconds


def upgrade() -> None:
    _deployment()
    _runs()
    _rules()
    _people()
    _holds()
    _ledger()


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first form: drop the control store instead")


def _deployment() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("deployment_id", sa.String(36), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("trace_secret", sa.LargeBinary, nullable=False),
        sa.Column("key_id", sa.String(64)),
        sa.Column("ledger_public_key", sa.String(64)),
        sa.Column("hold_epoch", sa.BigInteger, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "stop_switch",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("stopped_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(120), primary_key=True),
        sa.Column("dataset", sa.String(80), nullable=False),
        sa.Column("external_id", sa.String(250), nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("plan", sa.Text),
        sa.Column("verification", sa.Text),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("head", sa.Text),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("run_secret", sa.LargeBinary),
        sa.UniqueConstraint("dataset", "external_id", name="uq_run_external_id"),
        schema=SCHEMA,
    )
    op.create_index("ix_run_dataset_created", "run", ["dataset", "created_at"], schema=SCHEMA)
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.String(120), sa.ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("result", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "run_failure",
        sa.Column("run_id", sa.String(120), sa.ForeignKey(f"{SCHEMA}.run.run_id"), primary_key=True),
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("problems", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def _rules() -> None:
    op.create_table(
        "watermark",
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("rule_digest", sa.String(64), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("bounds", sa.Text, nullable=False),
        sa.Column("swept_at", INSTANT, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "rule_seen",
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("first_seen", INSTANT, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "pool",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("faker", sa.String(40), nullable=False),
        sa.Column("pool_values", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def _people() -> None:
    op.create_table(
        "person_token",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        schema=SCHEMA,
    )


def _holds() -> None:
    op.create_table(
        "hold",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hold_id", sa.String(40), nullable=False, unique=True),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(200), nullable=False),
        sa.Column("placed_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("release_requested_by", sa.String(200)),
        sa.Column("release_requested_at", INSTANT),
        sa.Column("release_reason", sa.Text),
        sa.Column("released_by", sa.String(200)),
        sa.Column("released_at", INSTANT),
        schema=SCHEMA,
    )
    op.create_table(
        "hold_subject",
        sa.Column("number", sa.Integer, sa.ForeignKey(f"{SCHEMA}.hold.number"), primary_key=True),
        sa.Column("kind", sa.String(60), primary_key=True),
        sa.Column("subject_key", sa.String(255), primary_key=True),
        schema=SCHEMA,
    )
    op.create_table(
        "hold_copy",
        sa.Column("dataset", sa.String(80), primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "followed",
        sa.Column("dataset", sa.String(80), primary_key=True),
        sa.Column("run_id", sa.String(120), primary_key=True),
        sa.Column("rule_id", sa.String(80), primary_key=True),
        sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "signed_head",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("signed_at", INSTANT, primary_key=True),
        sa.Column("head", sa.Text, nullable=False),
        schema=SCHEMA,
    )
