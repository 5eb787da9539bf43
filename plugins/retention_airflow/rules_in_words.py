"""The rules of a dataset as Markdown, for people who open the DAG: table by table what, how long, why, what happens."""

from __future__ import annotations

from collections.abc import Iterable

from retention.model.clause import Clause, Role
from retention.model.clause_words import counting_in_words
from retention.model.counting_words import period_in_words
from retention.model.dataset import Dataset
from retention.model.rule import Action, Rule

_ROLES = {
    Role.FLOOR: "must be kept, by law,",
    Role.PURPOSE: "is kept, for a purpose,",
    Role.CEILING: "must be gone",
}


def dataset_in_words(dataset: Dataset, rules: Iterable[Rule]) -> str:
    """Markdown for the DAG's page."""
    head = f"""### {dataset.title}

Each run chooses one instant (*as-of*), plans what is due, disposes of it rule by rule, verifies by other means, and
seals the run in the ledger. Tables that refer to others go first. A rule that fails does not stop the others; the run
then ends red.
Owner: {dataset.owner}. Red run: open the report linked at the task `seal`; it names what to do.
"""
    return "\n".join([head, *(rule_in_words(rule) for rule in rules)])


def rule_in_words(rule: Rule) -> str:
    """One section of Markdown."""
    lines = [f"#### {rule.title} (`{rule.id}`)", ""]
    lines.append(f"- **What**: table `{rule.table}`{_members(rule)}, about {_subject(rule)}.")
    lines += [f"- **How long**: {_clause(clause)}. **Why**: {clause.basis}." for clause in rule.clauses]
    if rule.relationship and rule.relationship.window:
        lines.append(
            f"- A person may come back: kept {period_in_words(rule.relationship.window)} after the end at least."
        )
    lines.append(f"- **What happens then**: {_disposition(rule)}.")
    lines.append(f"- Whatever is undetermined or overdue goes to {rule.owner}.")
    return "\n".join([*lines, ""])


def _members(rule: Rule) -> str:
    if not rule.members:
        return ""
    return " with " + ", ".join(f"`{member.table}`" for member in rule.members)


def _subject(rule: Rule) -> str:
    return "no person" if rule.subject is None else f"a {rule.subject.kind}"


def _clause(clause: Clause) -> str:
    some = " (some rows only)" if clause.when is not None else ""
    return f"{_ROLES[clause.role]} {counting_in_words(clause, '`')}{some}"


def _disposition(rule: Rule) -> str:
    if rule.disposition.action is Action.DELETE:
        return "deleted"
    after = rule.disposition.then_delete_after
    return "pseudonymized" + (f", and deleted {period_in_words(after)} after that" if after else "")
