"""Judge an action against a policy: tables first, then the rules, everything at once.

Nothing here reads a clock or a file. A condition that cannot be evaluated counts as
failed: a deny or require then refuses and a warn warns, never the other way round.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from casecli.domain.asking import applies
from casecli.domain.calendar import BusinessCalendar, format_time, window_end
from casecli.domain.case import Case, EscalationState, Feed, Status
from casecli.domain.facts import known_facts
from casecli.domain.policy import (
    ConditionFailed,
    Effect,
    Finding,
    Request,
    Rule,
    WhenUnknown,
    rule_id,
)
from casecli.domain.tables import OPENING_TEXTS, judge_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from casecli.domain.case import Waiver
    from casecli.domain.policy import Actor, Policy
    from casecli.domain.ports import Conditions

__all__ = [
    "NAMED",
    "OPENING_TEXTS",
    "ConditionFailed",
    "applies",
    "judge",
    "judge_channel",
    "judge_lifecycle",
    "judge_role",
    "judge_rule",
    "known_facts",
    "refusals",
    "rule_id",
]


NAMED = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)*)\}")


def judge(  # noqa: PLR0913, PLR0917 (what a judgement rests on)
    policy: Policy,
    action: str,
    case: Case | None,
    actor: Actor,
    request: Request,
    now: datetime,
    conditions: Conditions,
) -> tuple[Finding, ...]:
    """Give every finding about `action`, refusals and remarks, in policy order."""
    facts = known_facts(policy, action, case, actor, request, now)
    return (
        *judge_role(policy, action, actor),
        *_no_case(policy, action, case),
        *judge_lifecycle(policy, action, case, request, now),
        *judge_channel(policy, action, request),
        *judge_tables(policy, action, case, request, facts, conditions),
        *_rules(policy, action, facts, conditions),
    )


def refusals(
    findings: Iterable[Finding], waivers: Iterable[Waiver] = ()
) -> tuple[Finding, ...]:
    """Keep what still refuses once waivable findings with a reason are set aside."""
    waived = {waiver.rule for waiver in waivers if waiver.reason.strip()}
    return tuple(
        finding
        for finding in findings
        if finding.effect.refuses and not (finding.waivable and finding.rule in waived)
    )


def judge_role(policy: Policy, action: str, actor: Actor) -> Iterator[Finding]:
    """Judge who asks; at most one finding."""
    if not policy.roles:
        return
    role = policy.role(actor.role)
    if role is None:
        names = ", ".join(each.id for each in policy.roles)
        yield Finding(
            rule=rule_id(policy, "ROLE"),
            effect=Effect.DENY,
            message=f"role {actor.role or '(none)'!r} is not one of {names}",
            remedy="casecli profile show",
            source=policy.cites.get("ROLE", ""),
        )
    elif action not in role.may:
        yield Finding(
            rule=rule_id(policy, "ROLE"),
            effect=Effect.DENY,
            message=f"a {role.label} may not {action} cases",
            remedy=role.remedy,
            source=role.source,
        )


def _no_case(policy: Policy, action: str, case: Case | None) -> Iterator[Finding]:
    if case is None and action not in ("open", "view"):
        yield Finding(
            rule=rule_id(policy, "NO-CASE"),
            effect=Effect.DENY,
            message=f"there is no case to {action} yet",
            remedy="casecli open",
            source=policy.cites.get("NO-CASE", ""),
        )


_NOT_ON_ENDED = frozenset(
    {"escalate", "close", "cancel", "edit", "plan", "deescalate", "transfer"}
)


def judge_lifecycle(
    policy: Policy, action: str, case: Case | None, request: Request, now: datetime
) -> Iterator[Finding]:
    """Judge an action by where a case and its escalation stand."""
    if case is None:
        return
    state, source = rule_id(policy, "STATE"), policy.cites.get("STATE", "")
    if case.status.ended and action in _NOT_ON_ENDED:
        yield Finding(
            rule=state,
            effect=Effect.DENY,
            message=f"case {case.label} is {case.status}",
            remedy=f"casecli reopen {case.label}",
            source=source,
        )
    if case.status is Status.CANCELLED and action in ("comment", "upload", "reopen"):
        yield Finding(
            rule=state,
            effect=Effect.DENY,
            message=f"case {case.label} was cancelled",
            remedy=f"casecli open --follows {case.label}",
            source=source,
        )
    if case.status is Status.CLOSED and action in ("comment", "upload"):
        yield Finding(
            rule=state,
            effect=Effect.WARN,
            message=f"case {case.label} is closed; the vendor may not look at it",
            remedy=f"casecli reopen {case.label}",
            source=source,
        )
    if action == "reopen" and case.status is not Status.CANCELLED:
        yield from _reopen(policy, case, now)
    yield from _escalation(policy, action, case, request)


def _reopen(policy: Policy, case: Case, now: datetime) -> Iterator[Finding]:
    window, closed = policy.reopen, case.closed_at
    if case.status not in (Status.CLOSED, Status.RESOLVED):
        yield Finding(
            rule=rule_id(policy, "STATE"),
            effect=Effect.DENY,
            message=f"case {case.label} is {case.status}, not closed",
        )
    elif window.days is not None and closed is None:
        if case.status is Status.CLOSED:
            yield Finding(
                rule=window.rule or rule_id(policy, "REOPEN"),
                effect=Effect.WARN,
                message=(
                    f"it is not known when case {case.label} was closed; "
                    f"it can be reopened for {window.days} days"
                ),
                remedy=f"casecli open --follows {case.label}",
                source=window.source,
            )
    elif window.days is not None and closed is not None:
        zone = (policy.calendar or BusinessCalendar()).zone
        end = window_end(closed, window.days, zone, inclusive=window.inclusive)
        if now > end:
            yield Finding(
                rule=window.rule or rule_id(policy, "REOPEN"),
                effect=Effect.DENY,
                waivable=window.waivable,
                message=(
                    f"case {case.label} could be reopened for {window.days} days, "
                    f"until {format_time(end)}"
                ),
                remedy=f"casecli open --follows {case.label}",
                source=window.source,
            )
        elif end - now <= _LAST_DAY:
            yield Finding(
                rule=window.rule or rule_id(policy, "REOPEN"),
                effect=Effect.WARN,
                message=(
                    f"case {case.label} can be reopened until {format_time(end)} only"
                ),
                source=window.source,
            )


_LAST_DAY = timedelta(hours=24)


def _escalation(
    policy: Policy, action: str, case: Case, request: Request
) -> Iterator[Finding]:
    newest = case.escalation
    live = newest is not None and newest.state.live
    message, remedy = "", ""
    match action:
        case "escalate" if newest is not None and live:
            message = f"escalation {newest.id} of case {case.label} is {newest.state}"
            remedy = f"casecli comment {case.label} --feed escalation"
        case "comment" if newest is None and request.feed == Feed.ESCALATION:
            message = f"case {case.label} has no escalation"
            remedy = f"casecli escalate {case.label}"
        case "plan" | "deescalate" if not live:
            message = f"case {case.label} has no live escalation"
            remedy = f"casecli escalation show {case.label}"
        case "deescalate" if newest and newest.state is not EscalationState.ACTIVE:
            message = (
                f"the escalation of case {case.label} is {newest.state}, not active"
            )
            remedy = f"casecli escalation show {case.label}"
    if message:
        yield Finding(
            rule=rule_id(policy, "ESCALATION"),
            effect=Effect.DENY,
            message=message,
            remedy=remedy,
            source=policy.cites.get("ESCALATION", ""),
        )


def judge_channel(policy: Policy, action: str, request: Request) -> Iterator[Finding]:
    """Judge the way it is asked for; at most one finding."""
    spec = policy.channel(request.channel)
    if spec is None or not spec.actions or action in spec.actions:
        return
    good = [each.id for each in policy.channels if action in each.actions]
    if not good:
        return
    yield Finding(
        rule=rule_id(policy, "CHANNEL"),
        effect=Effect.DENY,
        waivable=True,
        field="channel",
        message=f"{policy.vendor} does not take {action} by {spec.label}",
        remedy=f"use {' or '.join(good)}",
        source=spec.source,
    )


def _rules(
    policy: Policy,
    action: str,
    facts: Mapping[str, object],
    conditions: Conditions,
) -> Iterator[Finding]:
    legacy = policy.status == "legacy"
    if legacy and action != "view":
        yield Finding(
            rule=rule_id(policy, "LEGACY"),
            effect=Effect.WARN,
            message=f"the rules of {policy.vendor} here are old and may no longer hold",
            remedy=f"casecli policy show {policy.id}",
        )
    for rule in policy.rules:
        if action in rule.on:
            for finding in judge_rule(rule, facts, conditions):
                yield replace(finding, waivable=True) if legacy else finding


def judge_rule(
    rule: Rule, facts: Mapping[str, object], conditions: Conditions
) -> Iterator[Finding]:
    """Judge one rule over known facts; at most one finding."""
    try:
        if rule.scope and not conditions.holds(rule.scope, facts):
            return
        unknown = [need for need in rule.needs if need not in facts]
        if unknown:
            yield from _unknown(rule, unknown, facts)
            return
        applies_here = conditions.holds(rule.when, facts)
    except ConditionFailed as failure:
        said = f"{rule.message} (rule could not be judged: {failure})"
        yield _finding(rule, said, facts)
        return
    if applies_here:
        earliest = _earliest(rule, facts, conditions)
        yield _finding(rule, rule.message, facts, earliest)


def _unknown(
    rule: Rule, unknown: Sequence[str], facts: Mapping[str, object]
) -> Iterator[Finding]:
    names = ", ".join(unknown)
    match rule.unknown:
        case WhenUnknown.SKIP:
            return
        case WhenUnknown.DENY:
            yield _finding(rule, f"{rule.message} ({names} is not known)", facts)
        case WhenUnknown.ASK:
            yield Finding(
                rule=rule.id,
                effect=Effect.REQUIRE,
                field=rule.field or _option(unknown[0]),
                waivable=rule.waivable,
                message=f"{names} is not known, and {rule.id} needs it",
                remedy=_filled(rule.remedy, facts),
                source=rule.source,
            )


_OPTIONS = {
    "case.environment": "environment.type",
    "case.deployment": "environment.deployment",
    "case.rca_days": "environment.deployment",
    "case.product": "product.name",
    "case.workaround": "workaround.text",
    "case.workaround_practical": "workaround.practical",
    "request.severity_rank": "severity",
    "case.severity_rank": "severity",
}


def _option(variable: str) -> str:
    """Name an unknown fact as `--set` or the option of that name takes it."""
    bare = variable.removeprefix("request.").removeprefix("case.")
    return _OPTIONS.get(variable, bare)


def _earliest(
    rule: Rule, facts: Mapping[str, object], conditions: Conditions
) -> datetime | None:
    if not rule.earliest:
        return None
    try:
        return conditions.moment(rule.earliest, facts)
    except ConditionFailed:
        return None


def _finding(
    rule: Rule,
    message: str,
    facts: Mapping[str, object],
    earliest: datetime | None = None,
) -> Finding:
    return Finding(
        rule=rule.id,
        effect=rule.effect,
        field=rule.field,
        waivable=rule.waivable,
        message=_filled(message, facts),
        remedy=_filled(rule.remedy, facts),
        source=rule.source,
        earliest=earliest,
    )


def _filled(text: str, facts: Mapping[str, object]) -> str:
    """Put known facts in the place of their names: `{case.open_items}`."""

    def known(match: re.Match[str]) -> str:
        value = facts.get(match[1], match[0])
        return format_time(value) if isinstance(value, datetime) else str(value)

    return NAMED.sub(known, text) if "{" in text else text
