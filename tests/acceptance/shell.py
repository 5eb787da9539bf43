"""The command line as a person or a program calls it, in this process, on a small dataset of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from retention.cli.main import main
from tests.world import DATASETS, METADATA, RULES, SETTINGS, fill

AS_OF = "2026-07-01T00:00:00Z"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)["data"]


@dataclass(frozen=True)
class Shell:
    folder: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Said:
        self.capture.readouterr()
        code = main(arguments)
        out, err = self.capture.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    def ok(self, *arguments: str) -> str:
        """Standard output of a command that must end well."""
        said = self(*arguments)
        assert said.code == 0, said.out + said.err
        return said.out


def shell_in(folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> Shell:
    """A filled database ``shop`` and its rules below ``folder``; no snapshot, no key, nothing initialised."""
    url = f"sqlite:///{folder / 'shop.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        METADATA.create_all(connection)
        fill(connection, 40)
    engine.dispose()
    rules = folder / "rules"
    for name, text in {
        "datasets.yaml": DATASETS,
        "settings.yaml": SETTINGS,
        **{f"rules/shop/{name}.yaml": text for name, text in RULES.items()},
    }.items():
        path = rules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    patch.setenv("RETENTION_RULES", str(rules))
    patch.setenv("RETENTION_HOME", str(folder / "home"))
    patch.setenv("RETENTION_SHOP_URL", url)
    patch.setenv("COLUMNS", "100")
    for name in ("PSEUDONYM_KEY", "PSEUDONYM_KEY_FILE", "CONTROL_URL", "TOKEN", "LEDGER_KEY_FILE"):
        patch.delenv(f"RETENTION_{name}", raising=False)
    return Shell(folder, capture)
