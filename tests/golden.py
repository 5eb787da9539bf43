"""Golden files: what programs are told, kept as text. RETENTION_GOLDEN=write renews them; review it."""

from __future__ import annotations

import os
import re
from pathlib import Path

# What differs from run to run, and how it stands in the file. The order counts.
VOLATILE = (
    (re.compile(r"[0-9a-f]{128}"), "<signature>"),
    (re.compile(r"[0-9a-f]{64}"), "<digest>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"([a-z]+)-\d{8}T\d{6}Z-[0-9a-f]{6}"), r"\1-<run>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)"), "<instant>"),
    (re.compile(r'("(?:hold_)?epoch": )[1-9]\d{12,}'), r"\1<epoch>"),
    (re.compile(r'("(?:batch_ms_median|batch_ms_max|committed_ms)": )[0-9.]+'), r"\1<number>"),
    (re.compile(r'("(?:key_id|id)": )"[0-9a-f]{16}"'), r'\1"<key id>"'),
    (re.compile(r'("token": )"[A-Za-z0-9_-]{43}"'), r'\1"<token>"'),
    (re.compile(r'("(?:placed_by|by|release_requested_by|requested_by|made_by)": )"[^"]*"'), r'\1"<person>"'),
)


def assert_golden(path: Path, text: str, **known: str) -> None:
    """``known``: name -> a value that stands for itself, such as a folder, written as <name>."""
    for name, value in known.items():
        text = text.replace(value, f"<{name}>")
    for pattern, replacement in VOLATILE:
        text = pattern.sub(replacement, text)
    if os.environ.get("RETENTION_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} says something else; RETENTION_GOLDEN=write renews it"
