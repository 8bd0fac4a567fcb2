"""Judge an action against a policy: tables first, then the rules, everything at once.

Nothing here reads a clock or a file. A condition that cannot be evaluated counts as
failed: a deny or require then refuses and a warn warns, never the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.calendar import BusinessCalendar, format_time, window_end
from casecli.domain.case import Case, Status
from casecli.domain.checklist import Question, QuestionKind, normalise
from casecli.domain.policy import Effect, Finding, Request, Rule, WhenUnknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from casecli.domain.case import Waiver
    from casecli.domain.policy import Actor, FieldSpec, Policy
    from casecli.domain.ports import Conditions

OPENING_TEXTS = {
    "subject": "a subject, one line",
    "description": "a description of the problem",
}


class ConditionFailed(Exception):
    """A condition gave no answer; carries why, in the engine's words."""


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
        *_role(policy, action, actor),
        *_lifecycle(policy, action, case, now),
        *_channel(policy, action, request),
        *_tables(policy, action, case, request, facts, conditions),
        *_rules(policy.rules, action, facts, conditions),
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


def known_facts(
    policy: Policy,
    action: str,
    case: Case | None,
    actor: Actor,
    request: Request,
    now: datetime,
) -> dict[str, object]:
    """Give the variables of `domain.policy.VARIABLES` that are known, flat by name."""
    asked = policy.severity(request.severity)
    facts: dict[str, object | None] = {
        "action": action,
        "now": now,
        "actor.role": actor.role,
        "actor.level": actor.level,
        "actor.services": list(actor.services),
        "case.exists": case is not None,
        "request.channel": request.channel,
        "request.subject": request.subject,
        "request.description": request.description,
        "request.text": request.text,
        "request.type": request.type,
        "request.severity": asked.id if asked else request.severity,
        "request.severity_rank": asked.rank if asked else None,
        "request.impact": request.impact,
        "request.impact_words": len(request.impact.split()),
        "request.impact_answers": dict(request.impact_answers),
        "request.answers": dict(request.answers),
        "request.fields": dict(request.fields),
        "request.feed": request.feed,
        "request.reason": request.reason,
        "request.files": len(request.files),
        "request.largest_file": max((each.size for each in request.files), default=0),
        "request.follows": request.follows,
        "request.contact_24x7": request.contact_24x7,
    }
    if case is not None:
        facts.update(_case_facts(policy, case))
    return {name: value for name, value in facts.items() if value is not None}


def _case_facts(policy: Policy, case: Case) -> dict[str, object | None]:
    from datetime import UTC, datetime, time

    level = policy.severity(case.severity)
    milestone = case.business_impact.milestone_date
    escalation = case.escalation
    return {
        "case.number": case.number,
        "case.type": case.type,
        "case.status": case.status.value,
        "case.ended": case.status.ended,
        "case.waiting_on": case.waiting_on.value,
        "case.severity": level.id if level else case.severity,
        "case.severity_rank": level.rank if level else None,
        "case.severity_agreed": case.severity_agreed,
        "case.impact": case.business_impact.summary,
        "case.milestone": milestone and datetime.combine(milestone, time(), UTC),
        "case.environment": case.environment.type,
        "case.deployment": case.environment.deployment,
        "case.product": case.product.name,
        "case.workaround": bool(case.workaround.text),
        "case.workaround_practical": case.workaround.practical,
        "case.opened_at": case.opened_at,
        "case.updated_at": case.updated_at,
        "case.vendor_updated_at": case.vendor_updated_at,
        "case.closed_at": case.closed_at,
        "case.rca_requested_at": case.rca_requested_at,
        "case.escalated": escalation is not None and escalation.state.live,
        "case.escalation_state": escalation.state.value if escalation else None,
        "case.fields": dict(case.fields),
    }


def _role(policy: Policy, action: str, actor: Actor) -> Iterator[Finding]:
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
        )
    elif action not in role.may:
        yield Finding(
            rule=rule_id(policy, "ROLE"),
            effect=Effect.DENY,
            message=f"a {role.label} may not {action} cases",
            remedy=role.remedy,
            source=role.source,
        )


_NOT_ON_ENDED = frozenset({"escalate", "close", "cancel", "edit", "plan", "deescalate"})


def _lifecycle(
    policy: Policy, action: str, case: Case | None, now: datetime
) -> Iterator[Finding]:
    if case is None:
        return
    state = rule_id(policy, "STATE")
    if case.status.ended and action in _NOT_ON_ENDED:
        yield Finding(
            rule=state,
            effect=Effect.DENY,
            message=f"case {case.label} is {case.status}",
            remedy=f"casecli reopen {case.label}",
        )
    if case.status is Status.CANCELLED and action in ("comment", "upload", "reopen"):
        yield Finding(
            rule=state,
            effect=Effect.DENY,
            message=f"case {case.label} was cancelled",
            remedy=f"casecli open --follows {case.label}",
        )
    if case.status is Status.CLOSED and action in ("comment", "upload"):
        yield Finding(
            rule=state,
            effect=Effect.WARN,
            message=f"case {case.label} is closed; the vendor may not look at it",
            remedy=f"casecli reopen {case.label}",
        )
    if action == "reopen" and case.status is not Status.CANCELLED:
        yield from _reopen(policy, case, now)
    if action in ("plan", "deescalate"):
        yield from _needs_escalation(policy, case, action)


def _reopen(policy: Policy, case: Case, now: datetime) -> Iterator[Finding]:
    window, closed = policy.reopen, case.closed_at
    if case.status not in (Status.CLOSED, Status.RESOLVED):
        yield Finding(
            rule=rule_id(policy, "STATE"),
            effect=Effect.DENY,
            message=f"case {case.label} is {case.status}, not closed",
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


def _needs_escalation(policy: Policy, case: Case, action: str) -> Iterator[Finding]:
    from casecli.domain.case import EscalationState

    newest = case.escalation
    if newest is None or not newest.state.live:
        message = f"case {case.label} has no live escalation"
    elif action == "deescalate" and newest.state is not EscalationState.ACTIVE:
        message = f"the escalation of case {case.label} is {newest.state}, not active"
    else:
        return
    yield Finding(
        rule=rule_id(policy, "ESCALATION"), effect=Effect.DENY, message=message
    )


def _channel(policy: Policy, action: str, request: Request) -> Iterator[Finding]:
    spec = next((each for each in policy.channels if each.id == request.channel), None)
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


def _tables(
    policy: Policy,
    action: str,
    case: Case | None,
    request: Request,
    facts: Mapping[str, object],
    conditions: Conditions,
) -> Iterator[Finding]:
    ask = _Asker(policy, facts, conditions)
    match action:
        case "open":
            yield from _opening(policy, request, ask)
        case "edit":
            yield from _fields(policy, request.fields, required=False)
            yield from _severity(policy, request, required=False)
        case "escalate":
            reasons = policy.escalation.reasons
            yield from _choice(policy, "reason", request.reason, reasons, "ESCALATION")
            yield from _one_live_escalation(policy, case)
            yield from ask(policy.escalation.facts, request.answers)
        case "deescalate":
            yield from ask(policy.escalation.deescalation, request.answers)
        case "close":
            reasons = policy.closing.reasons
            yield from _choice(policy, "reason", request.reason, reasons, "CLOSE")
            yield from ask(policy.closing.confirmations, request.answers)
        case "comment" if not request.text.strip() and not request.files:
            yield _missing(policy, "message", "a comment needs text", "-m TEXT")
    if request.files:
        yield from _files(policy, action, case, request)


def _opening(policy: Policy, request: Request, ask: _Asker) -> Iterator[Finding]:
    texts = {"subject": request.subject, "description": request.description}
    for name, wanted in OPENING_TEXTS.items():
        if not texts[name].strip():
            flag = "--subject TEXT" if name == "subject" else "-m TEXT or -F FILE"
            yield _missing(policy, name, f"{wanted} is missing", flag)
    if policy.case_types:
        yield from _choice(
            policy, "type", request.type or "", policy.case_types, "TYPE"
        )
    yield from _severity(policy, request, required=True)
    yield from _impact(policy, request)
    yield from ask(policy.impact.questions, request.impact_answers)
    yield from _fields(policy, request.fields, required=True)
    yield from ask(policy.checklist, request.answers)


def _severity(policy: Policy, request: Request, *, required: bool) -> Iterator[Finding]:
    names = ", ".join(each.id for each in policy.severities)
    if not request.severity:
        if required and policy.severities:
            yield _missing(
                policy, "severity", f"severity is one of {names}", "--severity LEVEL"
            )
        return
    level = policy.severity(request.severity)
    if level is None:
        yield Finding(
            rule=rule_id(policy, "SEVERITY"),
            effect=Effect.DENY,
            field="severity",
            message=f"severity {request.severity!r} is not one of {names}",
            remedy="--severity LEVEL",
        )
    elif level.offered and request.channel not in level.offered:
        yield Finding(
            rule=rule_id(policy, "SEVERITY"),
            effect=Effect.DENY,
            field="severity",
            message=f"severity {level.id} cannot be chosen by {request.channel}",
            remedy=level.remedy,
            source=level.source,
        )


def _impact(policy: Policy, request: Request) -> Iterator[Finding]:
    spec = policy.impact
    rule = spec.rule or rule_id(policy, "IMPACT")
    text = request.impact.strip()
    if not text or text.lower().strip(".- ") in ("", *spec.placeholders):
        said = f"; {text!r} says nothing" if text else ""
        yield Finding(
            rule=rule,
            effect=Effect.REQUIRE,
            field="impact",
            message=f"business impact is missing{said}",
            remedy="--impact TEXT",
            source=spec.source,
        )
    elif len(text.split()) < spec.substantial_words:
        asked, edge = (
            policy.severity(request.severity),
            policy.severity(spec.substantial_from),
        )
        severe = asked is not None and edge is not None and asked.rank <= edge.rank
        yield Finding(
            rule=rule,
            effect=Effect.REQUIRE if severe else Effect.WARN,
            field="impact",
            message=f"business impact in fewer than {spec.substantial_words} words",
            remedy="--impact TEXT: who cannot do what, since when, at what cost",
            source=spec.source,
        )


def _fields(
    policy: Policy, values: Mapping[str, str], *, required: bool
) -> Iterator[Finding]:
    for spec in policy.fields:
        value = values.get(spec.id, "").strip()
        if not value:
            if required and spec.required and not spec.default:
                yield Finding(
                    rule=spec.rule or rule_id(policy, "FIELD"),
                    effect=Effect.REQUIRE,
                    field=spec.id,
                    message=f"{spec.label} is missing",
                    remedy=f"--set {spec.id}={_example(spec)}",
                    source=spec.source,
                )
        elif spec.choices:
            yield from _field_choice(policy, spec, value, values)


def _field_choice(
    policy: Policy, spec: FieldSpec, value: str, values: Mapping[str, str]
) -> Iterator[Finding]:
    parent = values.get(spec.depends_on, "")
    legal = [each for each in spec.choices if not each.when or parent in each.when]
    if any(value.lower() in (each.id.lower(), each.label.lower()) for each in legal):
        return
    under = f" for {spec.depends_on} {parent!r}" if spec.depends_on else ""
    names = ", ".join(each.id for each in legal) or "nothing"
    yield Finding(
        rule=spec.rule or rule_id(policy, "FIELD"),
        effect=Effect.DENY,
        field=spec.id,
        message=f"{spec.label} {value!r} is not one of {names}{under}",
        remedy=f"--set {spec.id}={_example(spec)}",
        source=spec.source,
    )


def _example(spec: FieldSpec) -> str:
    return "|".join(each.id for each in spec.choices) or "TEXT"


def _choice(
    policy: Policy, field: str, value: str, choices: Sequence[object], part: str
) -> Iterator[Finding]:
    ids = [str(getattr(each, "id", "")) for each in choices]
    if not ids or value.strip().lower() in ids:
        return
    names = ", ".join(ids)
    said = f"{field} {value!r} is not one of {names}" if value else f"{field}: {names}"
    yield Finding(
        rule=rule_id(policy, part),
        effect=Effect.DENY if value else Effect.REQUIRE,
        field=field,
        message=said,
        remedy=f"--{field} {'|'.join(ids)}",
    )


def _one_live_escalation(policy: Policy, case: Case | None) -> Iterator[Finding]:
    newest = case.escalation if case else None
    if case is None or newest is None or not newest.state.live:
        return
    yield Finding(
        rule=rule_id(policy, "ESCALATION"),
        effect=Effect.DENY,
        message=f"escalation {newest.id} of case {case.label} is {newest.state}",
        remedy=f"casecli comment {case.label} --feed escalation",
    )


def _files(
    policy: Policy, action: str, case: Case | None, request: Request
) -> Iterator[Finding]:
    limits = policy.attachments
    rule = limits.rule or rule_id(policy, "ATTACHMENT")
    problems = []
    if action == "comment" and not limits.in_comments:
        problems.append("files do not belong into comments")
    there = len(case.attachments) if case else 0
    if limits.max_count is not None and there + len(request.files) > limits.max_count:
        problems.append(f"more than {limits.max_count} files")
    for file in request.files:
        if limits.max_bytes is not None and file.size > limits.max_bytes:
            problems.append(
                f"{file.name} has {file.size} bytes, over {limits.max_bytes}"
            )
        if file.name.lower().endswith(limits.banned_extensions or ("\0",)):
            problems.append(f"{file.name} is of a type the vendor does not take")
    for problem in problems:
        yield Finding(
            rule=rule,
            effect=Effect.DENY,
            field="attach",
            waivable=limits.waivable,
            message=problem,
            remedy="casecli upload CASE PATH --compress or --split",
            source=limits.source,
        )


class _Asker:
    """Finds the questions that apply and are not answered well."""

    def __init__(
        self, policy: Policy, facts: Mapping[str, object], conditions: Conditions
    ) -> None:
        self._policy, self._facts, self._conditions = policy, facts, conditions

    def __call__(
        self, questions: Iterable[Question], answers: Mapping[str, str]
    ) -> Iterator[Finding]:
        for question in questions:
            if not applies(question, self._facts, self._conditions):
                continue
            yield from self._one(question, answers.get(question.id, ""))

    def _one(self, question: Question, value: str) -> Iterator[Finding]:
        answer = normalise(question, value)
        rule = question.rule or rule_id(self._policy, "CHECKLIST")
        shape = _shape(question)
        if answer is None and (question.required or value.strip()):
            said = f" ({value!r} is not {shape})" if value.strip() else ""
            yield Finding(
                rule=rule,
                effect=Effect.REQUIRE,
                field=question.id,
                message=f"{question.text}{said}",
                remedy=f"--answer {question.id}={shape}",
                source=question.source,
            )
        elif answer is not None and question.expects and answer != question.expects:
            yield Finding(
                rule=rule,
                effect=Effect.REQUIRE,
                field=question.id,
                message=f"{question.text} {answer}, where {question.expects} is needed",
                remedy=question.help,
                source=question.source,
            )


def applies(
    question: Question, facts: Mapping[str, object], conditions: Conditions
) -> bool:
    """Tell whether a question is to be asked; one whose condition fails is asked."""
    if not question.ask_when:
        return True
    if any(need not in facts for need in question.needs):
        return False
    try:
        return conditions.holds(question.ask_when, facts)
    except ConditionFailed:
        return True


def _shape(question: Question) -> str:
    match question.kind:
        case QuestionKind.TEXT:
            return "TEXT"
        case QuestionKind.YES_NO:
            return "yes|no"
        case QuestionKind.NUMBER:
            return "NUMBER"
        case QuestionKind.DATE:
            return "YYYY-MM-DD|none"
        case QuestionKind.CHOICE:
            return "|".join(each.id for each in question.choices)


def _missing(policy: Policy, field: str, message: str, flag: str) -> Finding:
    return Finding(
        rule=rule_id(policy, "FIELD"),
        effect=Effect.REQUIRE,
        field=field,
        message=message,
        remedy=flag,
    )


def _rules(
    rules: Iterable[Rule],
    action: str,
    facts: Mapping[str, object],
    conditions: Conditions,
) -> Iterator[Finding]:
    for rule in rules:
        if action in rule.on:
            yield from judge_rule(rule, facts, conditions)


def judge_rule(
    rule: Rule, facts: Mapping[str, object], conditions: Conditions
) -> Iterator[Finding]:
    """Judge one rule over known facts; at most one finding."""
    unknown = [need for need in rule.needs if need not in facts]
    if unknown:
        yield from _unknown(rule, unknown)
        return
    try:
        applies_here = conditions.holds(rule.when, facts)
    except ConditionFailed as failure:
        yield _finding(rule, f"{rule.message} (rule could not be judged: {failure})")
        return
    if applies_here:
        yield _finding(rule, rule.message, earliest=_earliest(rule, facts, conditions))


def _unknown(rule: Rule, unknown: Sequence[str]) -> Iterator[Finding]:
    names = ", ".join(unknown)
    match rule.unknown:
        case WhenUnknown.SKIP:
            return
        case WhenUnknown.DENY:
            yield _finding(rule, f"{rule.message} ({names} is not known)")
        case WhenUnknown.ASK:
            yield Finding(
                rule=rule.id,
                effect=Effect.REQUIRE,
                field=unknown[0].removeprefix("request.").removeprefix("case."),
                waivable=rule.waivable,
                message=f"{names} is not known, and {rule.id} needs it",
                remedy=rule.remedy,
                source=rule.source,
            )


def _earliest(
    rule: Rule, facts: Mapping[str, object], conditions: Conditions
) -> datetime | None:
    if not rule.earliest:
        return None
    try:
        return conditions.moment(rule.earliest, facts)
    except ConditionFailed:
        return None


def _finding(rule: Rule, message: str, earliest: datetime | None = None) -> Finding:
    return Finding(
        rule=rule.id,
        effect=rule.effect,
        field=rule.field,
        waivable=rule.waivable,
        message=message,
        remedy=rule.remedy,
        source=rule.source,
        earliest=earliest,
    )


def rule_id(policy: Policy, part: str) -> str:
    """Name a finding that comes from a table: `GENERIC-SEVERITY`."""
    return f"{policy.id.upper()}-{part}"
