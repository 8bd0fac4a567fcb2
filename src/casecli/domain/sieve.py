"""Which of many cases may be escalated: what holds for all of them is judged once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.domain.facts import CASE_FACTS, asked_facts, case_facts, fields_behind
from casecli.domain.judgement import (
    judge_channel,
    judge_lifecycle,
    judge_role,
    judge_rule,
)
from casecli.domain.policy import ConditionFailed, Effect, Request
from casecli.domain.tables import judge_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from casecli.domain.case import Case
    from casecli.domain.policy import Actor, Finding, Policy, Rule
    from casecli.domain.ports import Conditions

    Reads = Callable[[str], Iterable[str]]

_ACTION = "escalate"
_NOTHING = Request()
_LIFECYCLE = frozenset({"ref", "number", "profile", "status", "escalations"})


class EscalationSieve:
    """Lets through the cases that may be escalated once the questions are answered.

    It says of each case what `judge` says of an empty request: nothing denies. `reads`
    names the variables of a condition. Of a case only `fields` are looked at.
    """

    def __init__(
        self,
        policy: Policy,
        actor: Actor,
        now: datetime,
        conditions: Conditions,
        reads: Reads,
    ) -> None:
        self._policy, self._actor, self._now = policy, actor, now
        self._conditions = conditions
        self._known = asked_facts(policy, _ACTION, actor, _NOTHING, now)
        self._known["case.exists"] = True
        self._shut = _denies(
            (
                *judge_role(policy, _ACTION, actor),
                *judge_channel(policy, _ACTION, _NOTHING),
                # for this action they look at the request alone
                *judge_tables(policy, _ACTION, None, _NOTHING, self._known, conditions),
            )
        )
        self._rules: list[Rule] = []
        wanted: set[str] = set()
        for rule in policy.rules:
            if _ACTION in rule.on and rule.effect is Effect.DENY:
                wanted |= self._weigh(rule, reads)
        self._wanted = tuple(sorted(wanted))
        self.fields = _LIFECYCLE | fields_behind(wanted)

    def lets_through(self, case: Case) -> bool:
        """Tell whether nothing keeps this case from being escalated."""
        if self._shut or _denies(
            judge_lifecycle(self._policy, _ACTION, case, _NOTHING, self._now)
        ):
            return False
        told = case_facts(self._policy, case, self._actor, _NOTHING, self._wanted)
        facts = {**self._known, **told}
        return not any(
            _denies(judge_rule(rule, facts, self._conditions)) for rule in self._rules
        )

    def _weigh(self, rule: Rule, reads: Reads) -> set[str]:
        """Keep a rule that may tell cases apart, and name the facts it does so by."""
        # only whether it denies is asked, not in which words or until when
        bare = replace(rule, message="", remedy="", earliest="")
        of_scope = CASE_FACTS.keys() & set(reads(rule.scope))
        found = of_scope | (CASE_FACTS.keys() & {*reads(rule.when), *rule.needs})
        if not found:
            self._shut |= _denies(judge_rule(bare, self._known, self._conditions))
            return set()
        if rule.scope and not of_scope and self._out_of_scope(rule):
            return set()
        self._rules.append(bare)
        return found

    def _out_of_scope(self, rule: Rule) -> bool:
        try:
            return not self._conditions.holds(rule.scope, self._known)
        except ConditionFailed:
            return False


def _denies(findings: Iterable[Finding]) -> bool:
    return any(each.effect is Effect.DENY for each in findings)
