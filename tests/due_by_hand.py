"""What is due in the sample company on the day of the demo while customer 17 is held: plain Python, row by row, as a
person would work it out who has the rule files before them. Knows nothing of rules, plans and SQL."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from retention.sample import hr, marketing, portal, tenants, web

Row = Mapping[str, Any]
TODAY = date(2026, 7, 1)  # of an as-of at midnight UTC, in UTC and in Paris
HELD = 17


def later(day: date, *, months: int = 0, days: int = 0) -> date:
    """The same day of a later month, or that month's last, and then some days."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) + timedelta(days=days)


def day_of_ms(milliseconds: int, zone: str) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def day_of_utc(moment: datetime, zone: str) -> date:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


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


EUROPE = {"DE": (6, 0), "AT": (7, 0), "NL": (0, 28)}  # months and days after a rejection


def application(row: Row) -> bool:
    """As of midnight UTC it is still 30 June in San Jose."""
    today, closed, decision = date(2026, 6, 30), row["closed_on"], row["decision"]
    if row["job_state"] in ("US-CA", "US-TX"):
        years = 4 if row["job_state"] == "US-CA" else 1
        if any(day is None or later(day, months=12 * years) >= today for day in (closed, row["received_on"])):
            return False
    if decision == "open":
        return False
    if decision == "hired":
        until = row["employed_until"]
        return until is not None and until.year < 9999 and later(until, months=48) < today
    consent, withdrawn = row["pool_consent_on"], row["pool_withdrawn_on"]
    if consent is not None and withdrawn is None and later(consent, months=12) >= today:
        return False
    if row["country"] in EUROPE:
        months, days = EUROPE[row["country"]]
        return closed is not None and later(closed, months=months, days=days) < today
    if row["country"] is None:  # may be any of the three, and of none of them anybody can tell when it was closed
        return closed is not None and later(closed, months=7) < today and asks(row)
    return asks(row)


def asks(row: Row) -> bool:
    """Whether anything at all says how long it is kept."""
    return row["job_state"] in ("US-CA", "US-TX") or row["pool_consent_on"] is not None


def lead(row: Row, contacts: Iterable[Row]) -> bool:
    if row["customer_id"] == HELD:
        return False
    if row["opted_out_on"] is not None:
        return later(row["opted_out_on"], months=36) < TODAY
    made = [contact["contacted_on"] for contact in contacts] or [row["collected_on"]]
    return made[0] is not None and all(later(day, months=36) < TODAY for day in made)


def tenant_record(row: Row) -> bool:
    if row["tenant"] == "gale-press":  # its contract ended in February; Harbor Gym's two weeks ago
        return True
    if row["created_s"] is None:
        return False
    created = datetime.fromtimestamp(row["created_s"], UTC).date()
    match row["tenant"]:
        case "aurora-hotels":
            return later(created, days=90) < TODAY
        case "birch-school":
            end_of_school_year = date(created.year + (created.month > 7), 7, 31)
            return later(end_of_school_year, months=12) < TODAY
        case "cedar-travel":
            return later(created, months=36) < TODAY
        case "dune-bank":
            return created.year + 7 < TODAY.year
    return False


BY_RULE: Mapping[str, tuple[Any, str, Callable[[Row], bool]]] = {
    "portal.portal_profiles": (portal, "portal_profiles", portal_profile),
    "portal.blog_comments": (portal, "blog_comments", blog_comment),
    "web.cookies": (web, "cookies", cookie),
    "web.page_views": (web, "page_views", page_view),
    "hr.job_applications": (hr, "job_applications", application),
    "tenants.tenant_records": (tenants, "tenant_records", tenant_record),
}


def rows_of(module: Any, table: str, people: int) -> Iterator[Row]:
    for where, rows in module.rows(people):
        if where.name == table:
            yield from rows


def due(people: int) -> dict[str, int]:
    """How many groups of each rule."""
    found = {
        rule_id: sum(test(row) for row in rows_of(module, table, people))
        for rule_id, (module, table, test) in BY_RULE.items()
    }
    return {**found, "marketing.leads": due_leads(people)}


def due_leads(people: int) -> int:
    contacts: dict[int, list[Row]] = defaultdict(list)
    for contact in rows_of(marketing, "contacts", people):
        contacts[contact["lead_id"]].append(contact)
    return sum(lead(row, contacts[row["id"]]) for row in rows_of(marketing, "leads", people))
