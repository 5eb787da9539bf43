"""What rules said before: recording it, and which of their texts must still agree with the present one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from retention.model.errors import refuse
from retention.model.period import Period
from retention.model.plan import StepPlan
from retention.model.rule import Rule
from retention.model.rule_text import Awaited, InForce, RuleText
from retention.planning.cool_down import after, awaited, cool_downs, decisive
from retention.policy.rule_text import read_text, recorded
from retention.policy.text_differences import differences
from retention.runtime.deployment import Deployment
from retention.sql.control.rule_texts import PresentText


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedText:
    """An earlier text that must agree. ``text`` None: there was none, or this release cannot read it."""

    awaited: Awaited
    text: RuleText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the control store knows of the rules, read once at ``now``. ``at``: the moment for which it is asked."""

    deployment: Deployment
    histories: Mapping[str, tuple[InForce, ...]]
    counting: tuple[Period, ...]
    now: datetime
    at: datetime

    def awaited(self, rule: Rule) -> tuple[AwaitedText, ...]:
        """The earlier texts of a rule that must agree at this moment, and decide otherwise than the present one."""
        present = present_text(self.deployment, rule)
        found = awaited(self.history(rule), self.counting, self.at)
        bodies = self.deployment.control.rule_texts.bodies(one.digest for one in found)
        texts = [AwaitedText(awaited=one, text=_readable(bodies.get(one.digest))) for one in found]
        now = _decides(read_text(present.body))
        return tuple(one for one in texts if one.text is None or _decides(one.text) != now)

    def history(self, rule: Rule) -> tuple[InForce, ...]:
        """The present text last; one that is not recorded yet would be today."""
        digest = present_text(self.deployment, rule).digest
        known = self.histories.get(rule.id, ())
        if known and known[-1].digest == digest:
            return known
        return (*known, InForce(digest=digest, since=self.now))

    def recorded_text(self, rule: Rule) -> RuleText | None:
        """What the rule said when it was recorded last; None: never, or this release cannot read it."""
        known = self.histories.get(rule.id, ())
        if not known or not known[-1].digest:
            return None
        return _readable(self.deployment.control.rule_texts.bodies([known[-1].digest]).get(known[-1].digest))

    def recorded_since(self, rule: Rule) -> datetime | None:
        """When the present text was recorded; None: not yet."""
        known = self.histories.get(rule.id, ())
        present = present_text(self.deployment, rule).digest
        return known[-1].since if known and known[-1].digest == present else None


def changes(deployment: Deployment, as_of: datetime) -> Changes:
    """For a decision as of this instant. A plan of the future sees what will have cooled down by then; one of the past
    is carried out today."""
    now = deployment.clock.now()
    at = max(now, as_of)
    return Changes(
        deployment=deployment,
        histories=deployment.control.rule_texts.histories(),
        counting=_counting(deployment, now, at),
        now=now,
        at=at,
    )


def awaited_exactly(deployment: Deployment, rule: Rule, as_of: datetime) -> tuple[AwaitedText, ...]:
    """The earlier texts that must agree as of this instant, each until the very instant from which it counts no more:
    a shorter cool-down that replaced a longer one may come to be the only one before."""
    found = changes(deployment, as_of).awaited(rule)
    settings = deployment.control.rule_texts.cool_downs()
    replaced = [after(until, period) for (period, _), (_, until) in pairwise(settings)]
    ends = sorted({*replaced, *(one.awaited.until for one in found)})
    later = [(end, {one.awaited.digest for one in changes(deployment, end).awaited(rule)}) for end in ends if found]

    def until(one: AwaitedText) -> datetime:
        return next((end for end, still in later if end > as_of and one.awaited.digest not in still), one.awaited.until)

    return tuple(replace(one, awaited=replace(one.awaited, until=until(one))) for one in found)


def cooled_down_at(deployment: Deployment, recorded_at: datetime) -> datetime:
    """When a change that is recorded then takes effect: after the longest cool-down that counts."""
    return max(after(recorded_at, period) for period in _counting(deployment, recorded_at, recorded_at))


def _counting(deployment: Deployment, now: datetime, at: datetime) -> tuple[Period, ...]:
    settings = deployment.control.rule_texts.cool_downs()
    if not settings or settings[-1][0] != deployment.settings.cool_down:
        settings = (*settings, (deployment.settings.cool_down, now))
    return cool_downs(settings, at)


def record_rules(deployment: Deployment) -> tuple[str, ...]:
    """Record what the rules say now, and the cool-down: the ids of rules whose text is another one than before.

    Cool-downs count from here. Safe to repeat.
    """
    present = [present_text(deployment, rule) for rule in deployment.rules.rules]
    return deployment.control.rule_texts.record(present, deployment.settings.cool_down, at=deployment.clock.now())


def present_text(deployment: Deployment, rule: Rule) -> PresentText:
    body, digest = recorded(rule, deployment.rules, deployment.settings.lead)
    return PresentText(rule_id=rule.id, rule_digest=rule.digest, digest=digest, body=body)


def text_differences(deployment: Deployment, rule: Rule, earlier: RuleText) -> tuple[str, ...]:
    """Where the present text decides otherwise, in the words of the recorded form."""
    present = read_text(present_text(deployment, rule).body)
    return differences(_without_words(earlier), _without_words(present))


def planned_texts(deployment: Deployment, step: StepPlan) -> tuple[AwaitedText, ...]:
    """The earlier texts that a plan was made with. Raises RetentionError R445 where one is not on record any more."""
    known = deployment.control.rule_texts.bodies(one.digest for one in step.awaited)
    for one in step.awaited:
        if one.digest and one.digest not in known:
            raise refuse(
                "R445",
                f"an earlier text of the rule ({one.digest[:12]}), which must agree until "
                f"{one.until.isoformat(timespec='seconds')}, is not in the control store any more",
                where=f"rule {step.rule_id}",
                remedy="restore the newest copy of the control store, then start a new run",
            )
    return tuple(AwaitedText(awaited=one, text=_readable(known.get(one.digest))) for one in step.awaited)


def _readable(body: str | None) -> RuleText | None:
    try:
        return None if body is None else read_text(body)
    except (ValueError, KeyError, TypeError):  # a later release recorded it: nobody can tell what it permits
        return None


def _decides(text: RuleText) -> RuleText:
    """Equal for texts that decide alike."""
    return replace(_without_words(text), digest="")


def _without_words(text: RuleText) -> RuleText:
    return replace(text, rule=decisive(text.rule))
