"""What is due in the sample company on the day of the demo while customer 17 is held: plain Python, row by row, as a
person would work it out who has the rule files before them. Knows nothing of rules, plans and SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from retention.sample import billing, crm, marketing, portal, tenants, web
from tests.days import HELD, SAN_JOSE, TODAY, Row, day_of_ms, day_of_utc, later, rows_of
from tests.due_by_law import due_by_law


def account(row: Row, periods: Sequence[Row]) -> bool:
    """Six months, a year or two after the last service, by how long the person was here."""
    if row["id"] == HELD:
        return False
    if row["child_found_on"] is not None:
        return True
    if not periods or any(period["ended_on"] is None for period in periods):
        return False
    last = max(period["ended_on"] for period in periods)
    begun = [period["started_on"] for period in periods]
    if None in begun:
        return later(last, months=24) < SAN_JOSE
    first = min(begun)
    months = 6 if last < later(first, months=12) else 12 if last < later(first, months=60) else 24
    return later(last, months=months) < SAN_JOSE


def consent(row: Row, periods: Sequence[Row]) -> bool:
    if row["account_id"] == HELD:
        return False
    if row["withdrawn_on"] is not None:
        return later(row["withdrawn_on"], months=36) < SAN_JOSE
    ends = [period["ended_on"] for period in periods]
    return bool(ends) and all(end is not None and later(end, months=36) < SAN_JOSE for end in ends)


def payment_method(row: Row) -> bool:
    if row["customer_id"] == HELD:
        return False
    if row["last_debit_on"] is None:
        return bool(row["expires_on"] < SAN_JOSE)
    return later(row["last_debit_on"], months=13) < SAN_JOSE


def portal_profile(row: Row) -> bool:
    if row["customer_id"] in (None, HELD) or row["last_active_ms"] is None:
        return False
    return later(day_of_ms(row["last_active_ms"], "UTC"), months=24) < TODAY


def blog_comment(row: Row) -> bool:
    if row["customer_id"] in (None, HELD):
        return False
    if row["name_withdrawn_on"] is not None:
        return True
    return row["posted_at"][0] == "2" and later(date.fromisoformat(row["posted_at"][:10]), months=36) < TODAY


def cookie(row: Row) -> bool:
    if row["customer_id"] == HELD:
        return False
    if row["kind"] == "session" and later(day_of_utc(row["last_seen_at"], "Europe/Paris"), days=1) < TODAY:
        return True
    if row["kind"] != "session" and row["consent_withdrawn_on"] is not None:
        return True
    return row["first_set_ms"] is not None and later(day_of_ms(row["first_set_ms"], "Europe/Paris"), months=13) < TODAY


def page_view(row: Row) -> bool:
    """Everything up to June 2024."""
    return row["customer_id"] != HELD and row["viewed_at"].date() < date(2024, 7, 1)


def lead(row: Row, contacts: Iterable[Row]) -> bool:
    if row["customer_id"] == HELD:
        return False
    if row["opted_out_on"] is not None:
        return later(row["opted_out_on"], months=36) < TODAY
    made = [contact["contacted_on"] for contact in contacts] or [row["collected_on"]]
    return made[0] is not None and all(later(day, months=36) < TODAY for day in made)


def profile(row: Row, contacts: Iterable[Row]) -> bool:
    """Of who objected, name, company and telephone go."""
    return lead(row, contacts) if row["opted_out_on"] is None else row["customer_id"] != HELD


AGREED = {  # months and days
    "aurora-hotels": (0, 90),
    "birch-school": (12, 0),
    "cedar-travel": (36, 0),
    "dune-bank": (84, 0),
    "harbor-gym": (0, 26 * 7),
}


def tenant_record(row: Row) -> bool:
    """Elm Games wrote something that is no period, and Fjord Foods nothing."""
    if row["tenant"] == "gale-press":  # its contract ended in February; Harbor Gym's two weeks ago
        return True
    if row["created_s"] is None or row["tenant"] not in AGREED:
        return False
    months, days = AGREED[row["tenant"]]
    return later(datetime.fromtimestamp(row["created_s"], UTC).date(), months=months, days=days) < TODAY


BY_RULE: Mapping[str, tuple[Any, str, Callable[[Row], bool]]] = {
    "billing.payment_methods": (billing, "payment_methods", payment_method),
    "portal.portal_profiles": (portal, "portal_profiles", portal_profile),
    "portal.blog_comments": (portal, "blog_comments", blog_comment),
    "web.cookies": (web, "cookies", cookie),
    "web.page_views": (web, "page_views", page_view),
    "tenants.tenant_records": (tenants, "tenant_records", tenant_record),
}


def due(people: int) -> dict[str, int]:
    """How many groups of each rule."""
    found = {
        rule_id: sum(test(row) for row in rows_of(module, table, people))
        for rule_id, (module, table, test) in BY_RULE.items()
    }
    periods = _by(crm, "service_periods", "account_id", people)
    contacts = _by(marketing, "contacts", "lead_id", people)
    leads = list(rows_of(marketing, "leads", people))
    return {
        **found,
        **due_by_law(people),
        "crm.accounts": sum(account(row, periods[row["id"]]) for row in rows_of(crm, "accounts", people)),
        "crm.consents": sum(consent(row, periods[row["account_id"]]) for row in rows_of(crm, "consents", people)),
        "marketing.leads": sum(lead(row, contacts[row["id"]]) for row in leads),
        "marketing.leads-profile": sum(profile(row, contacts[row["id"]]) for row in leads),
    }


def _by(module: Any, table: str, column: str, people: int) -> Mapping[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows_of(module, table, people):
        found[row[column]].append(row)
    return found
