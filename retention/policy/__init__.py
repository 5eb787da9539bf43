"""Text -> model: documents, loading with file and line in every error, lint, JSON Schema, reference."""

from retention.policy.changed_since import changed_since
from retention.policy.digest import rule_digest, rule_document
from retention.policy.loading import Loaded, load, load_datasets, load_or_refuse, load_schema, load_settings
from retention.policy.reference import reference_markdown
from retention.policy.schema_document import rule_schema
from retention.policy.snapshots import read_snapshot, snapshot_text

__all__ = [
    "Loaded",
    "changed_since",
    "load",
    "load_datasets",
    "load_or_refuse",
    "load_schema",
    "load_settings",
    "read_snapshot",
    "reference_markdown",
    "rule_digest",
    "rule_document",
    "rule_schema",
    "snapshot_text",
]
