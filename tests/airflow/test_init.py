"""``python -m retention_airflow.init``: pools, made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "base"


def test_pools_are_made_and_slots_that_somebody_chose_are_kept(
    airflow_database: None, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from airflow.models.pool import Pool

    from retention_airflow.init import main

    monkeypatch.setenv("RETENTION_RULES", str(CORPUS))
    monkeypatch.setenv("RETENTION_CRM_URL", "postgresql+psycopg://app:secret@db1:5432/crm")
    monkeypatch.setenv("RETENTION_WEB_URL", "sqlite:////srv/web.db")
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "pool retention_postgresql_db1_5432: 4 slots for crm" in said
    assert "secret" not in said
    made: Any = Pool.get_pool("retention_postgresql_db1_5432")
    assert (made.slots, Pool.get_pool("retention_web").slots) == (4, 1)
    assert json.loads((home / "airflow_pools.json").read_text()) == {
        "crm": "retention_postgresql_db1_5432",
        "web": "retention_web",
    }

    Pool.create_or_update_pool("retention_postgresql_db1_5432", 9, "chosen", include_deferred=False)
    assert main([]) == 0
    made = Pool.get_pool("retention_postgresql_db1_5432")
    assert made.slots == 9


def test_a_missing_address_is_refused_with_its_remedy(
    airflow_database: None, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from retention_airflow.init import main

    monkeypatch.setenv("RETENTION_RULES", str(CORPUS))
    for name in ("RETENTION_CRM_URL", "RETENTION_WEB_URL"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    assert "airflow connections add retention_crm" in capsys.readouterr().err
