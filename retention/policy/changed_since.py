"""Rules beside an earlier state of their folder: whose changes will wait for a cool-down, found without a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from retention.model.clause import Role
from retention.model.errors import Problem, refuse
from retention.model.period import Period
from retention.model.rule import Rule, RuleSet
from retention.model.rule_text import RuleText
from retention.planning.cool_down import after, decisive
from retention.policy.finding import problem_at
from retention.policy.loading import load, load_settings
from retention.policy.new_columns import new_columns
from retention.policy.rule_text import read_text, recorded
from retention.policy.text_differences import differences, differing
from retention.policy.where_changed import where_changed


def changed_since(earlier_dir: Path, rules_dir: Path, present: RuleSet, now: datetime) -> tuple[Problem, ...]:
    """A remark for each rule of ``present``, read from ``rules_dir``, that is new or decides otherwise than in
    ``earlier_dir``, with the day on which it takes effect if it is recorded ``now``. Whether a row really goes earlier
    by it, only the database can tell.

    Raises RetentionError R136 where the earlier folder cannot be used.
    """
    earlier = load(earlier_dir)
    if earlier.rules is None:
        raise refuse(
            "R136",
            f"the folder to compare with has {len(earlier.problems)} problems, the first: {earlier.problems[0].what}",
            where=str(earlier_dir),
            remedy=f"check out a state of which `retention --rules {earlier_dir} lint` finds no problem",
        )
    before = _texts(earlier.rules, load_settings(earlier_dir).lead)
    settings = load_settings(rules_dir)
    texts = _texts(present, settings.lead)
    waits = _waits(settings.cool_down, now)
    return tuple(
        remark
        for rule in present.rules
        for remark in (
            *_remarks(rule, before.get(rule.id), texts[rule.id], waits, rules_dir),
            *_new_columns(rule, earlier.rules, rules_dir, earlier_dir),
        )
    )


def _new_columns(rule: Rule, earlier: RuleSet, rules_dir: Path, earlier_dir: Path) -> Iterator[Problem]:
    """Element groups know the columns of their row."""
    old = next((one for one in earlier.rules if one.id == rule.id), None)
    if old is not None and not rule.element_of:
        yield from new_columns(rule, old, rules_dir, f"the state in {earlier_dir}")


def _waits(cool_down: Period, now: datetime) -> str:
    if cool_down == Period():
        return "waits for nothing"
    day = after(now, cool_down).date().isoformat()
    return f"waits {cool_down} from the day on which it is recorded: if that is today, until {day}"


def _texts(rules: RuleSet, lead: Period) -> dict[str, RuleText]:
    read = {rule.id: read_text(recorded(rule, rules, lead)[0]) for rule in rules.rules}
    return {rule_id: replace(text, rule=decisive(text.rule), digest="") for rule_id, text in read.items()}


def _remarks(rule: Rule, before: RuleText | None, now: RuleText, waits: str, rules_dir: Path) -> Iterator[Problem]:
    look = "after the merge: `retention rules record`, then `retention rules changes` counts in the database what waits"
    if before is None:
        yield _remark(rule, "R237", f"a new rule: all that is due by it {waits}", look)
    elif before != now:
        found = differences(before, now)
        what = f"the rule decides otherwise: {differing(found)}; what goes earlier by it {waits}"
        yield problem_at(where_changed(rule, rules_dir, found), "R238", what, look)
    for ceiling in sorted(_by_counsel(now) - (_by_counsel(before) if before else set())):
        what = f"the ceiling {ceiling} has counsel's mark: what it makes due waits for no cool-down"
        yield _remark(rule, "R239", what, "let counsel confirm that this is meant")


def _by_counsel(text: RuleText) -> set[str]:
    return {clause.id for clause in text.rule.clauses if clause.role is Role.CEILING and clause.counsel}


def _remark(rule: Rule, code: str, what: str, remedy: str) -> Problem:
    return problem_at(rule.source, code, what, remedy)
