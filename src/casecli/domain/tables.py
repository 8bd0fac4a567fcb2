"""Judge what a policy states in plain tables: values, questions, limits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from casecli.domain.asking import Asker
from casecli.domain.calendar import parse_duration
from casecli.domain.checklist import Choice
from casecli.domain.facts import count_words, flat_fields
from casecli.domain.policy import (
    Effect,
    Finding,
    Request,
    TextSpec,
    rule_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from casecli.domain.case import Case
    from casecli.domain.policy import AttachmentLimits, FieldSpec, Policy
    from casecli.domain.ports import Conditions

OPENING_TEXTS = {
    "subject": "a subject, one line",
    "description": "a description of the problem",
}
_PLAIN = TextSpec()
_TEXT_FLAGS = {"subject": "--subject TEXT", "description": "-m TEXT or -F FILE"}


def judge_tables(
    policy: Policy,
    action: str,
    case: Case | None,
    request: Request,
    facts: Mapping[str, object],
    conditions: Conditions,
) -> Iterator[Finding]:
    """Give every finding of the plain tables about `action`."""
    ask = Asker(policy, facts, conditions)
    match action:
        case "open":
            yield from _opening(policy, request, ask)
        case "edit":
            yield from _editing(policy, case, request)
        case "escalate":
            yield from _escalating(policy, request)
            yield from ask(policy.escalation.facts, request.answers)
        case "deescalate":
            yield from ask(policy.escalation.deescalation, request.answers)
        case "close":
            closing = policy.closing
            reasons, source = closing.reasons, closing.source
            yield from _choice(
                policy, "reason", request.reason, reasons, "CLOSE", source
            )
            yield from ask(closing.confirmations, request.answers)
        case "plan":
            yield from _plan(policy, request)
        case "comment" if not request.text.strip() and not request.files:
            yield _missing(policy, "message", "a comment needs text", "-m TEXT")
    if request.files:
        yield from _files(policy, action, case, request)


def _opening(policy: Policy, request: Request, ask: Asker) -> Iterator[Finding]:
    texts = {"subject": request.subject, "description": request.description}
    yield from _texts(policy, texts)
    if policy.case_types:
        wanted = request.type or policy.default_type
        source = policy.cites.get("TYPE", "")
        yield from _choice(policy, "type", wanted, policy.case_types, "TYPE", source)
    if request.severity:
        yield from _severity(policy, request, request.severity)
    elif policy.severities:
        names = ", ".join(each.id for each in policy.severities)
        yield _missing(
            policy,
            "severity",
            f"severity is one of {names}",
            "--severity LEVEL",
            policy.cites.get("SEVERITY", ""),
        )
    yield from _impact(policy, request.impact, request.severity)
    yield from ask(policy.impact.questions, request.impact_answers)
    values = {
        "type": request.type or policy.default_type,
        "severity": request.severity or "",
        **request.fields,
    }
    for spec in policy.fields:
        yield from _field(policy, spec, values)
    yield from ask(policy.checklist, request.answers)


def _editing(policy: Policy, case: Case | None, request: Request) -> Iterator[Finding]:
    """Judge what an edit touches, and what hangs on it, over the rest of the case."""
    changed = dict(request.fields)
    if request.severity:
        changed["severity"] = request.severity
    before = flat_fields(case) if case else {}
    values = {**before, **changed}
    severity = changed.get("severity", "").strip()
    yield from _texts(policy, {k: changed[k] for k in OPENING_TEXTS if k in changed})
    if severity:
        yield from _severity(policy, request, severity)
    impact = changed.get("impact", request.impact)
    if "impact" in changed or impact:
        yield from _impact(policy, impact, values.get("severity"))
    for spec in policy.fields:
        if spec.id in changed or spec.depends_on in changed:
            yield from _field(policy, spec, values)


def _escalating(policy: Policy, request: Request) -> Iterator[Finding]:
    spec = policy.escalation
    reason, outcome = request.reason, request.outcome
    yield from _choice(
        policy, "reason", reason, spec.reasons, "ESCALATION", spec.source
    )
    if outcome:
        yield from _choice(
            policy, "outcome", outcome, spec.outcomes, "ESCALATION", spec.source
        )


def _texts(policy: Policy, texts: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in texts.items():
        spec = policy.texts.get(name, _PLAIN)
        if not value.strip():
            said = f"{OPENING_TEXTS[name]} is missing"
            yield _missing(policy, name, said, _TEXT_FLAGS[name], spec.source)
        elif count_words(value) < spec.min_words:
            yield Finding(
                rule=rule_id(policy, "TEXT"),
                effect=Effect.WARN,
                field=name,
                message=f"{name} in fewer than {spec.min_words} words",
                remedy=_TEXT_FLAGS[name],
                source=spec.source,
            )


def _plan(policy: Policy, request: Request) -> Iterator[Finding]:
    """A plan has a way, a frequency and attendees, or it is none."""
    plan = request.plan
    if plan is None:
        return
    modes = policy.escalation.plan_modes
    wrong = []
    if not plan.mode or (modes and plan.mode not in modes):
        wrong.append(("mode", f"how: {', '.join(modes) or 'by mail or by call'}"))
    try:
        parse_duration(plan.every)
    except ValueError:
        wrong.append(("every", "how often: 4h, daily, weekly"))
    if not plan.attendees:
        wrong.append(("attendees", "who is to be there"))
    for name, what in wrong:
        yield Finding(
            rule=rule_id(policy, "PLAN"),
            effect=Effect.REQUIRE,
            field=name,
            message=f"the plan of updates does not say {what}",
            remedy=f"--{name}",
            source=policy.cites.get("PLAN", policy.escalation.source),
        )


def _severity(policy: Policy, request: Request, wanted: str) -> Iterator[Finding]:
    level = policy.severity(wanted)
    channel = policy.channel(request.channel)
    here = {request.channel, channel.id if channel else request.channel}
    if level is None:
        names = ", ".join(each.id for each in policy.severities)
        yield Finding(
            rule=rule_id(policy, "SEVERITY"),
            effect=Effect.DENY,
            field="severity",
            message=f"severity {wanted!r} is not one of {names}",
            remedy="--severity LEVEL",
        )
    elif level.offered and not here & set(level.offered):
        yield Finding(
            rule=rule_id(policy, "SEVERITY"),
            effect=Effect.DENY,
            field="severity",
            message=f"severity {level.id} cannot be chosen by {request.channel}",
            remedy=level.remedy,
            source=level.source,
        )


def _impact(policy: Policy, impact: str, severity: str | None) -> Iterator[Finding]:
    spec = policy.impact
    rule = spec.rule or rule_id(policy, "IMPACT")
    text = impact.strip()
    if _says_nothing(text, spec.placeholders):
        said = f"; {text!r} says nothing" if text else ""
        yield Finding(
            rule=rule,
            effect=Effect.REQUIRE,
            field="impact",
            message=f"business impact is missing{said}",
            remedy="--impact TEXT",
            source=spec.source,
        )
    elif count_words(text) < spec.substantial_words:
        asked, edge = policy.severity(severity), policy.severity(spec.substantial_from)
        severe = asked is not None and edge is not None and asked.rank <= edge.rank
        yield Finding(
            rule=rule,
            effect=Effect.REQUIRE if severe else Effect.WARN,
            field="impact",
            message=f"business impact in fewer than {spec.substantial_words} words",
            remedy="--impact TEXT: who cannot do what, since when, at what cost",
            source=spec.source,
        )


def _says_nothing(text: str, placeholders: tuple[str, ...]) -> bool:
    """Tell whether a text, or each word of it, is only a placeholder."""
    empty = _bare_all(placeholders)
    return _bare(text) in empty or all(_bare(each) in empty for each in text.split())


@functools.lru_cache(maxsize=8)
def _bare_all(placeholders: tuple[str, ...]) -> frozenset[str]:
    return frozenset({_bare(each) for each in placeholders} | {""})


def _bare(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _field(
    policy: Policy, spec: FieldSpec, values: Mapping[str, str]
) -> Iterator[Finding]:
    value = values.get(spec.id, "").strip()
    parent = values.get(spec.depends_on, "").strip()
    legal = _legal(policy, spec, parent)
    if value and spec.depends_on and not parent:
        yield Finding(
            rule=spec.rule or rule_id(policy, "FIELD"),
            effect=Effect.DENY,
            field=spec.id,
            message=f"{spec.label} {value!r} needs {spec.depends_on} first",
            remedy=_set(spec.depends_on, ()),
            source=spec.source,
        )
    elif not value:
        # A field of which the parent leaves no value is not there to be filled.
        if spec.required and not spec.default and (legal or not spec.choices):
            yield Finding(
                rule=spec.rule or rule_id(policy, "FIELD"),
                effect=Effect.REQUIRE,
                field=spec.id,
                message=f"{spec.label} is missing",
                remedy=_set(spec.id, legal or _leading(spec, values)),
                source=spec.source,
            )
    elif spec.leading_of and values.get(spec.leading_of, "").strip():
        fitting = [each.id for each in _leading(spec, values)]
        if value not in fitting:
            yield Finding(
                rule=spec.rule or rule_id(policy, "FIELD"),
                effect=Effect.WARN,
                field=spec.id,
                message=(
                    f"{spec.label} {value!r} does not go with {spec.leading_of} "
                    f"{values[spec.leading_of]!r}"
                ),
                remedy=_set(spec.id, _leading(spec, values)),
                source=spec.source,
            )
    elif (
        spec.choices
        and not spec.open_ended
        and not any(each.is_called(value) for each in legal)
    ):
        under = f" for {spec.depends_on} {parent!r}" if spec.depends_on else ""
        names = ", ".join(each.id for each in legal) or "nothing"
        yield Finding(
            rule=spec.rule or rule_id(policy, "FIELD"),
            effect=Effect.DENY,
            field=spec.id,
            message=f"{spec.label} {value!r} is not one of {names}{under}",
            remedy=_set(spec.id, legal),
            source=spec.source,
        )


def _legal(policy: Policy, spec: FieldSpec, parent: str) -> tuple[Choice, ...]:
    if not spec.depends_on or not spec.choices:
        return spec.choices
    above = next((each for each in policy.fields if each.id == spec.depends_on), None)
    spellings = {parent.lower()}
    for choice in above.choices if above else ():
        if choice.is_called(parent):
            spellings |= set(choice.names)
    return tuple(
        each
        for each in spec.choices
        if not each.when or spellings & {value.lower() for value in each.when}
    )


def _leading(spec: FieldSpec, values: Mapping[str, str]) -> tuple[Choice, ...]:
    """Give what the other field begins with: 8.5 and 8 for 8.5.103."""
    parts = values.get(spec.leading_of, "").strip().split(".")
    found = [".".join(parts[:n]) for n in spec.leading_parts if parts[0]]
    return tuple(Choice(id=each) for each in dict.fromkeys(found))


def _set(field: str, legal: Iterable[Choice]) -> str:
    return f"--set {field}={'|'.join(each.id for each in legal) or 'TEXT'}"


def _choice(
    policy: Policy,
    field: str,
    value: str,
    choices: tuple[Choice, ...],
    part: str,
    source: str,
) -> Iterator[Finding]:
    if not choices or any(each.is_called(value) for each in choices):
        return
    ids = [each.id for each in choices]
    names = ", ".join(ids)
    said = f"{field} {value!r} is not one of {names}" if value else f"{field}: {names}"
    yield Finding(
        rule=rule_id(policy, part),
        effect=Effect.DENY if value else Effect.REQUIRE,
        field=field,
        message=said,
        remedy=f"--{field} {'|'.join(ids)}",
        source=source,
    )


def _files(
    policy: Policy, action: str, case: Case | None, request: Request
) -> Iterator[Finding]:
    limits = policy.attachments
    if action == "comment" and not limits.in_comments:
        yield Finding(
            rule=rule_id(policy, "COMMENT-FILES"),
            effect=Effect.DENY,
            field="attach",
            waivable=limits.waivable,
            message="files do not belong into comments",
            remedy=f"casecli upload {case.label if case else 'CASE'} PATH",
            source=policy.cites.get("COMMENT-FILES", limits.source),
        )
    for problem in _too_much(limits, case, request):
        yield Finding(
            rule=limits.rule or rule_id(policy, "ATTACHMENT"),
            effect=Effect.DENY,
            field="attach",
            waivable=limits.waivable,
            message=problem,
            remedy="casecli upload CASE PATH --compress or --split",
            source=limits.source,
        )


def _too_much(
    limits: AttachmentLimits, case: Case | None, request: Request
) -> Iterator[str]:
    banned = tuple(each.lower() for each in limits.banned_extensions) or ("\0",)
    there = len(case.attachments) if case else 0
    if limits.max_count is not None and there + len(request.files) > limits.max_count:
        yield f"more than {limits.max_count} files"
    for file in request.files:
        if limits.max_bytes is not None and file.size > limits.max_bytes:
            yield f"{file.name} has {file.size} bytes, over {limits.max_bytes}"
        if file.name.lower().endswith(banned):
            yield f"{file.name} is of a type the vendor does not take"


def _missing(
    policy: Policy, field: str, message: str, flag: str, source: str = ""
) -> Finding:
    return Finding(
        rule=rule_id(policy, "FIELD"),
        effect=Effect.REQUIRE,
        field=field,
        message=message,
        remedy=flag,
        source=source,
    )
