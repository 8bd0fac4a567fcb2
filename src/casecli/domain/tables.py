"""Judge what a policy states in plain tables: values, questions, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.checklist import Question, QuestionKind, normalise
from casecli.domain.facts import count_words, flat_fields
from casecli.domain.policy import ConditionFailed, Effect, Finding, Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from casecli.domain.case import Case
    from casecli.domain.checklist import Choice
    from casecli.domain.policy import FieldSpec, Policy
    from casecli.domain.ports import Conditions

OPENING_TEXTS = {
    "subject": "a subject, one line",
    "description": "a description of the problem",
}
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
    ask = _Asker(policy, facts, conditions)
    match action:
        case "open":
            yield from _opening(policy, request, ask)
        case "edit":
            yield from _editing(policy, case, request)
        case "escalate":
            reasons = policy.escalation.reasons
            yield from _choice(policy, "reason", request.reason, reasons, "ESCALATION")
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


def rule_id(policy: Policy, part: str) -> str:
    """Name a finding that comes from a table: `GENERIC-SEVERITY`."""
    return f"{policy.id.upper()}-{part}"


def _opening(policy: Policy, request: Request, ask: _Asker) -> Iterator[Finding]:
    texts = {"subject": request.subject, "description": request.description}
    yield from _texts(policy, texts)
    if policy.case_types:
        wanted = request.type or policy.default_type
        yield from _choice(policy, "type", wanted, policy.case_types, "TYPE")
    if request.severity:
        yield from _severity(policy, request, request.severity)
    elif policy.severities:
        names = ", ".join(each.id for each in policy.severities)
        yield _missing(
            policy, "severity", f"severity is one of {names}", "--severity LEVEL"
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


def _texts(policy: Policy, texts: Mapping[str, str]) -> Iterator[Finding]:
    for name, value in texts.items():
        if not value.strip():
            said = f"{OPENING_TEXTS[name]} is missing"
            yield _missing(policy, name, said, _TEXT_FLAGS[name])


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


def _says_nothing(text: str, placeholders: Iterable[str]) -> bool:
    """Tell whether a text, or each word of it, is only a placeholder."""
    empty = {_bare(each) for each in placeholders} | {""}
    return _bare(text) in empty or all(_bare(each) in empty for each in text.split())


def _bare(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _field(
    policy: Policy, spec: FieldSpec, values: Mapping[str, str]
) -> Iterator[Finding]:
    value = values.get(spec.id, "").strip()
    parent = values.get(spec.depends_on, "").strip()
    legal = _legal(policy, spec, parent)
    if not value:
        # A field of which the parent leaves no value is not there to be filled.
        if spec.required and not spec.default and (legal or not spec.choices):
            yield Finding(
                rule=spec.rule or rule_id(policy, "FIELD"),
                effect=Effect.REQUIRE,
                field=spec.id,
                message=f"{spec.label} is missing",
                remedy=_set(spec.id, legal),
                source=spec.source,
            )
    elif spec.choices and not any(_is(each, value) for each in legal):
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
    above = next((each for each in policy.fields if each.id == spec.depends_on), None)
    spellings = {parent.lower()}
    for choice in above.choices if above else ():
        if _is(choice, parent):
            spellings |= {choice.id.lower(), choice.label.lower()}
    return tuple(
        each
        for each in spec.choices
        if not each.when or spellings & {value.lower() for value in each.when}
    )


def _is(choice: Choice, value: str) -> bool:
    return value.strip().lower() in (choice.id.lower(), choice.label.lower())


def _set(field: str, legal: Iterable[Choice]) -> str:
    return f"--set {field}={'|'.join(each.id for each in legal) or 'TEXT'}"


def _choice(
    policy: Policy, field: str, value: str, choices: tuple[Choice, ...], part: str
) -> Iterator[Finding]:
    if not choices or (value.strip() and any(_is(each, value) for each in choices)):
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
    )


def _files(
    policy: Policy, action: str, case: Case | None, request: Request
) -> Iterator[Finding]:
    limits = policy.attachments
    banned = tuple(each.lower() for each in limits.banned_extensions) or ("\0",)
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
        if file.name.lower().endswith(banned):
            problems.append(f"{file.name} is of a type the vendor does not take")
    for problem in problems:
        yield Finding(
            rule=limits.rule or rule_id(policy, "ATTACHMENT"),
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
            value = answers.get(question.id, "")
            # An unanswered offer never makes a finding: spare its condition.
            if not question.required and not value.strip():
                continue
            if applies(question, self._facts, self._conditions):
                yield from self._one(question, value)

    def _one(self, question: Question, value: str) -> Iterator[Finding]:
        answer = normalise(question, value)
        rule = question.rule or rule_id(self._policy, "CHECKLIST")
        shape = _shape(question)
        if answer is None:
            said = f" ({value!r} is not {shape})" if value.strip() else ""
            yield Finding(
                rule=rule,
                effect=Effect.REQUIRE,
                field=question.id,
                message=f"{question.text}{said}",
                remedy=f"--answer {question.id}={shape}",
                source=question.source,
            )
        elif question.expects and answer != question.expects:
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
