"""Verdicts as texts: one expression gives verdict, reason and detail of a row."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal

from retention.model.verdict import Reason, Verdict


def code(verdict: Verdict, reason: Reason = Reason.NONE, detail: str = "") -> str:
    """Verdict, reason and detail in one text, so that one expression gives all three."""
    return f"{verdict.value}|{reason.value}|{detail}"


def parse_code(text: str) -> tuple[Verdict, Reason, str]:
    verdict, reason, detail = text.split("|", 2)
    return Verdict(verdict), Reason(reason), detail


def text_of(verdict: Verdict, reason: Reason = Reason.NONE, detail: str = "") -> ColumnElement[str]:
    return literal(code(verdict, reason, detail))
