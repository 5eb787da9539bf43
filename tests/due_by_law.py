"""What is due in the sample company where the law of a country says so: purchases, contacts, tickets, letters, job
applications. Worked out from the statutes as they are written, with no knowledge of rules, plans and SQL.

Two things need no thought on the day of the demo. Ends on a weekend move to a Monday, and 29 June 2026 was one. In 2020
limitation stood still in California for 178 days, and what ran then has ended by 2025 all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from retention.sample import billing, crm, hr, support
from tests.days import HELD, SAN_JOSE, TODAY, Row, day_of_ms, day_of_utc, later, rows_of

STILL = date(9999, 12, 31)


def claims_lapsed(country: str | None, since: date) -> bool:
    """Whether no claim from a written contract can be made any more."""
    match country:
        case "US" | "JP":  # by the terms: Cal. Code Civ. Proc. 337
            return later(since, months=48) < SAN_JOSE
        case "DE":  # BGB 195, 199
            return since.year + 3 < SAN_JOSE.year
        case "FR":  # Code civil 2224
            return later(since, months=60) < SAN_JOSE
        case "GB":  # Limitation Act 1980, England and Wales
            return later(since, months=72) < SAN_JOSE
        case "NL":  # BW 3:307, from the day after
            return later(since + timedelta(days=1), months=60, days=-1) < SAN_JOSE
    return False  # Greece, and nobody knows where


def fiscal_year_end(day: date) -> date:
    return date(day.year + (day.month > 7), 7, 31)


def invoice(row: Row) -> bool:
    issued = row["issued_on"]
    if row["customer_id"] == HELD or issued is None or later(issued, months=48) >= SAN_JOSE:  # the price may be claimed
        return False
    if row["tax_audit"] == "open" and row["billing_country"] != "JP":  # where no return is filed, none is audited
        return False
    match row["billing_country"]:
        case "US":  # seven years, from the end of the year
            return issued.year + 7 < SAN_JOSE.year
        case "DE":  # AO 147, HGB 257, UStG 14b: what is ten years old and more has gone by the old text
            return issued.year + 8 < SAN_JOSE.year
        case "FR":  # Code de commerce L123-22
            return later(fiscal_year_end(issued), months=120) < SAN_JOSE
        case "GB":  # Finance Act 1998, Sch. 18
            return later(fiscal_year_end(issued), months=72) < SAN_JOSE
        case "NL":  # AWR 52
            return later(fiscal_year_end(issued), months=84) < SAN_JOSE
        case "JP":
            return True
    return False


def subscription(row: Row, invoices: Iterable[Row]) -> bool:
    if row["customer_id"] == HELD or row["ended_on"] in (None, STILL):
        return False
    return claims_lapsed(row["country"], row["ended_on"]) and all(map(invoice, invoices))


def contact(row: Row, seat: str, ends: Sequence[date | None]) -> bool:
    """Organizations in Greece have signed under the law of California, too."""
    known = [end for end in ends if end is not None]
    if not known or len(known) < len(ends):
        return False
    return claims_lapsed("US" if seat == "GR" else seat, max(known))


def ticket(row: Row) -> bool:
    if row["customer_id"] == HELD:
        return False
    closed = row["closed_ms"]
    is_closed = closed not in (None, support.STILL_OPEN)
    if is_closed and claims_lapsed(row["country"], day_of_ms(closed, "America/Los_Angeles")):
        return True
    if row["opened_at"] == "yesterday":
        return False
    opened = datetime.fromisoformat(row["opened_at"]).astimezone(ZoneInfo("America/Los_Angeles")).date()
    return later(opened, months=120) < SAN_JOSE


def message(row: Row) -> bool:
    ended = row["conversation_ended_on"]
    if row["customer_id"] in (None, HELD) or ended is None or later(ended, months=24) >= TODAY:
        return False
    if row["channel"] != "letter" or row["country"] in ("US", "FR", "GB", "NL", "JP"):
        return True
    in_berlin = day_of_utc(row["received_at"], "Europe/Berlin")
    return row["country"] == "DE" and in_berlin.year + 6 < TODAY.year  # HGB 257


# -- job applications --------------------------------------------------------------------------------------------------


def application(row: Row) -> bool:
    closed, decision = row["closed_on"], row["decision"]
    if wanted_in_america(row) or decision == "open":
        return False
    if decision == "hired":
        until = row["employed_until"]
        return until is not None and later(until, months=48) < SAN_JOSE
    consent, withdrawn = row["pool_consent_on"], row["pool_withdrawn_on"]
    in_pool = consent is not None and withdrawn is None
    if in_pool and later(consent, months=12) >= SAN_JOSE:
        return False
    ended = closed is not None and claims_of_applicants(row["country"], closed) < SAN_JOSE
    match row["country"]:
        case "AT":  # at most seven months from when it was received, or when claims have ended
            received = row["received_on"]
            return ended or (not in_pool and received is not None and later(received, months=7) < SAN_JOSE)
        case "DE" | "NL" | "GB":  # before the maximum is reached, or on the same day
            return ended
        case None:  # may be any of the four
            return ended and asks(row)
    return asks(row)


def claims_of_applicants(country: str | None, closed: date) -> date:
    match country:
        case "DE":  # two months for the claim, and then three for the court
            return later(later(closed, months=2), months=3)
        case "NL":
            return later(closed, days=28)
        case "GB":  # three months beginning with the day
            return later(closed, months=3, days=-1)
    return later(closed, months=7)


def wanted_in_america(row: Row) -> bool:
    """Four years in California and one elsewhere, from the later of receipt and decision."""
    if row["job_state"] not in ("US-CA", "US-TX"):
        return False
    years = 4 if row["job_state"] == "US-CA" else 1
    days = row["closed_on"], row["received_on"]
    return row["complaint"] == "open" or any(day is None or later(day, months=12 * years) >= SAN_JOSE for day in days)


def asks(row: Row) -> bool:
    """Whether anything at all says how long it is kept."""
    return row["job_state"] in ("US-CA", "US-TX") or row["pool_consent_on"] is not None


# -- all of them -------------------------------------------------------------------------------------------------------


def due_by_law(people: int) -> Mapping[str, int]:
    """How many groups of each rule."""
    return {
        "billing.invoices": sum(map(invoice, rows_of(billing, "invoices", people))),
        "billing.subscriptions": sum(_subscriptions(people)),
        "crm.business_contacts": sum(_contacts(people)),
        "support.support_tickets": sum(map(ticket, rows_of(support, "support_tickets", people))),
        "support.messages": sum(map(message, rows_of(support, "messages", people))),
        "hr.job_applications": sum(map(application, rows_of(hr, "job_applications", people))),
    }


def _subscriptions(people: int) -> Iterator[bool]:
    invoices: dict[Any, list[Row]] = defaultdict(list)
    for row in rows_of(billing, "invoices", people):
        invoices[row["subscription_id"]].append(row)
    for row in rows_of(billing, "subscriptions", people):
        yield subscription(row, invoices[row["id"]])


def _contacts(people: int) -> Iterator[bool]:
    seats = {row["id"]: row["country"] for row in rows_of(crm, "organizations", people)}
    ends: dict[Any, list[date | None]] = defaultdict(list)
    for row in rows_of(crm, "agreements", people):
        ends[row["organization_id"]].append(row["ended_on"])
    for row in rows_of(crm, "business_contacts", people):
        yield contact(row, seats[row["organization_id"]], ends[row["organization_id"]])
