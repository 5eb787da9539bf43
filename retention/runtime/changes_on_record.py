"""The rules beside what the control store has on record of them: which changes are cooling down, and until when."""

from __future__ import annotations

from collections.abc import Iterator

from retention.model.errors import Problem
from retention.model.rule import Rule
from retention.policy.finding import problem_at
from retention.policy.new_columns import new_columns
from retention.policy.text_differences import differing
from retention.policy.where_changed import where_changed
from retention.runtime.deployment import Deployment
from retention.runtime.rule_changes import AwaitedText, Changes, changes, text_differences


def remarks_on_record(deployment: Deployment) -> tuple[Problem, ...]:
    """A remark for each earlier text that must still agree with its rule, of each rule the first to end first. No
    dataset is asked: whether a row really goes earlier by the change stays open."""
    known = changes(deployment, deployment.clock.now())
    return tuple(
        remark for rule in deployment.rules.rules for remark in (*_remarks(known, rule), *_new_columns(known, rule))
    )


def _new_columns(known: Changes, rule: Rule) -> Iterator[Problem]:
    """Since the text that was recorded last: by it the last plan was made. Element groups know those of their row."""
    text = known.recorded_text(rule)
    if text is not None and not rule.element_of:
        yield from new_columns(rule, text.rule, known.deployment.rules_dir, "the rule was recorded last")


def _remarks(known: Changes, rule: Rule) -> Iterator[Problem]:
    since = known.recorded_since(rule)
    recorded = "not recorded yet: if it is today" if since is None else f"recorded on {since.date().isoformat()}"
    begin = "`retention rules record` lets the cool-down begin; " if since is None else ""
    for text in sorted(known.awaited(rule), key=lambda one: one.awaited.until):
        code, what, found = _said(known, rule, text)
        yield problem_at(
            where_changed(rule, known.deployment.rules_dir, found),
            code,
            f"{what} waits until {text.awaited.until.date().isoformat()} ({recorded})",
            f"{begin}`retention rules changes {rule.dataset}` counts in the database what waits",
        )


def _said(known: Changes, rule: Rule, text: AwaitedText) -> tuple[str, str, tuple[str, ...]]:
    """Code, what waits, and the differences by which it does."""
    if not text.awaited.digest:
        return "R237", "a new rule: all that is due by it", ()
    if text.text is None:
        unread = "the rule decides otherwise than a text which this release cannot read: all that is due by it"
        return "R238", unread, ()
    found = text_differences(known.deployment, rule, text.text)
    what = f"the rule decides otherwise than it did: {differing(found)}; what goes earlier by it"
    return "R238", what, found
