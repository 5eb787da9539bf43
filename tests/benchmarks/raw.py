"""What a person would type instead: for each rule the statements that change the same rows, as of 2026-07-01T00:00Z.

The days are worked out by hand from the rules; that they select what the engine selects is checked by the counts.
Pseudonymizing is compared with the least that it could be: constants, and something random where a column is unique.
"""

from __future__ import annotations

from collections.abc import Mapping

from retention.sql.database import Database

RANDOM = {
    "sqlite": "lower(hex(randomblob(16)))",
    "postgresql": "md5(random()::text || id::text)",
    "mariadb": "md5(concat(rand(), '-', id))",
}
EMAIL = {  # || is OR on MariaDB
    "sqlite": f"{RANDOM['sqlite']} || '@person.example'",
    "postgresql": f"{RANDOM['postgresql']} || '@person.example'",
    "mariadb": f"concat({RANDOM['mariadb']}, '@person.example')",
}

_INVOICES = """
    issued_on < '2019-01-01' AND billing_country IN ('US', 'NL') OR issued_on < '2020-01-01' AND billing_country = 'GB'
    OR issued_on < '2018-01-01' AND billing_country = 'DE'
    OR issued_on < '2016-01-01' AND billing_country NOT IN ('US', 'NL', 'GB', 'DE')"""
_TICKETS = "closed_ms < 1656572400000 OR opened_at < '2016-07-07T07:00:00Z'"
_MESSAGES = """
    conversation_ended_on < '2024-07-01' AND customer_id IS NOT NULL
    AND (channel <> 'letter' OR received_at < '2019-12-31 23:00:00')"""
_LEFT = """
    EXISTS (SELECT 1 FROM service_periods p WHERE p.account_id = {account})
    AND NOT EXISTS (SELECT 1 FROM service_periods p
                    WHERE p.account_id = {account} AND (p.ended_on IS NULL OR p.ended_on >= '{day}'))"""

STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "billing.payment_methods": ("DELETE FROM payment_methods WHERE last_debit_on < '2025-05-30'",),
    "billing.invoices": (
        f"DELETE FROM invoice_lines WHERE invoice_id IN (SELECT id FROM invoices WHERE {_INVOICES})",
        f"DELETE FROM invoices WHERE {_INVOICES}",
    ),
    "billing.subscriptions": (
        "DELETE FROM subscriptions WHERE ended_on < '2022-06-30'"
        " AND NOT EXISTS (SELECT 1 FROM invoices i WHERE i.subscription_id = subscriptions.id)",
    ),
    "crm.business_contacts": (
        "DELETE FROM business_contacts WHERE"
        " EXISTS (SELECT 1 FROM agreements a WHERE a.organization_id = business_contacts.organization_id)"
        " AND NOT EXISTS (SELECT 1 FROM agreements a WHERE a.organization_id = business_contacts.organization_id"
        " AND (a.ended_on IS NULL OR a.ended_on >= '2022-06-30'))",
    ),
    "crm.consents": (
        "DELETE FROM consents WHERE withdrawn_on < '2023-06-30' OR withdrawn_on IS NULL"
        f" AND {_LEFT.format(account='consents.account_id', day='2023-06-30')}",
    ),
    "crm.accounts": (
        "UPDATE accounts SET email = {email}, login = {random}, given_name = 'Kim',"
        " family_name = 'Lee', phone = '+12025550123', street = '1 Main Street', city = 'Springfield',"
        " postcode = '12345', region = 'Ohio', birth_date = '1970-01-01', preferences = '[removed]',"
        " registered_at = '2020-01-01' WHERE child_found_on IS NOT NULL"
        f" OR {_LEFT.format(account='accounts.id', day='2024-06-30')}",
    ),
    "support.support_tickets": (
        f"DELETE FROM ticket_notes WHERE ticket_id IN (SELECT id FROM support_tickets WHERE {_TICKETS})",
        f"DELETE FROM support_tickets WHERE {_TICKETS}",
    ),
    "support.messages": (
        "UPDATE attachments SET file_name = '[removed]', content = '[removed]'"
        f" WHERE message_id IN (SELECT id FROM messages WHERE {_MESSAGES})",
        f"UPDATE messages SET sender = {{email}}, content = '[removed]' WHERE {_MESSAGES}",
    ),
}

# What the rows of a rule are a case of, and the least share of the raw speed that we want to be able to say.
AIMS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "billing.payment_methods": ("delete, the row decides", {"postgresql": 0.40, "sqlite": 0.80, "mariadb": 0.50}),
    "billing.invoices": ("delete with members", {"postgresql": 0.75, "sqlite": 0.80, "mariadb": 0.50}),
    "billing.subscriptions": ("delete, others may refer", {"postgresql": 0.28, "sqlite": 0.80, "mariadb": 0.50}),
    "crm.business_contacts": ("delete, others decide", {"postgresql": 0.28, "sqlite": 0.80, "mariadb": 0.50}),
    "crm.consents": ("delete, others decide", {"postgresql": 0.28, "sqlite": 0.80, "mariadb": 0.50}),
    "crm.accounts": ("pseudonymize 12 columns", {"postgresql": 0.85, "sqlite": 0.50, "mariadb": 0.50}),
    "support.support_tickets": ("delete with members", {"postgresql": 0.75, "sqlite": 0.80, "mariadb": 0.50}),
    "support.messages": ("pseudonymize with members", {"postgresql": 0.85, "sqlite": 0.50, "mariadb": 0.50}),
}


def run(database: Database, rule_id: str) -> int:
    """One transaction on a connection as the engine's own: foreign keys on, deleted values overwritten on SQLite.

    Gives the rows that were written, members included."""
    written, kind = 0, database.dialect.name
    with database.session() as connection, database.writing_on(connection):
        for statement in STATEMENTS[rule_id]:
            text = statement.replace("{random}", RANDOM[kind]).replace("{email}", EMAIL[kind])
            written += connection.exec_driver_sql(text).rowcount
    return written
