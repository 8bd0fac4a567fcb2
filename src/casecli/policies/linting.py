"""Find what is wrong with a policy before anybody meets it in a case."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from casecli.domain.checklist import Choice, Question, QuestionKind, normalise
from casecli.domain.errors import BadInput
from casecli.domain.facts import known_facts
from casecli.domain.handing import FORM_FIELDS
from casecli.domain.judgement import NAMED, judge_rule
from casecli.domain.policy import (
    ACTIONS,
    Actor,
    ConditionFailed,
    Policy,
    Request,
)
from casecli.domain.variables import VARIABLES, Kind
from casecli.domain.wire import to_plain
from casecli.policies.conditions import CelConditions, variables_in
from casecli.policies.reading import load_file
from casecli.policies.shape import KEYS, PASS, label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from casecli.domain.policy import FieldSpec, Rule, RuleExample

_DURATION = re.compile(r"[1-9][0-9]*[mhdw]|same-business-day")
_PARENTS = ("type", "severity")
_SINGULAR = {
    attribute: key for keys in KEYS.values() for attribute, key in keys.items()
}


def lint(policy: Policy) -> tuple[str, ...]:
    """Give every problem of a policy, one line each; none means it may be trusted.

    Compiles every condition, runs every example, and looks for values nothing can
    reach and names nothing has.
    """
    conditions = CelConditions(policy.calendar)
    return (
        *_choices(policy),
        *_questions(policy, conditions),
        *_tables(policy),
        *_forms(policy),
        *_ids(policy),
        *_sources(policy),
        *(each for rule in policy.rules for each in _rule(policy, rule, conditions)),
    )


def lint_file(file: Path, folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Give every problem of a policy file; one that cannot be loaded has just that one.

    Raises:
        NotFound: there is no such file.
    """
    try:
        policy = load_file(file, folders)
    except BadInput as error:
        return (error.message,)
    return lint(policy)


# --- tables --------------------------------------------------------------------------


def _choices(policy: Policy) -> Iterator[str]:
    parents: dict[str, tuple[Choice, ...]] = {
        each.id: each.choices for each in policy.fields
    }
    parents["type"] = policy.case_types
    parents["severity"] = tuple(Choice(id=each.id) for each in policy.severities)
    for spec in policy.fields:
        yield from _field(spec, parents)
        if spec.leading_of and spec.leading_of not in parents:
            yield f"field.{spec.id}.leading_of: there is no field {spec.leading_of!r}"
    if policy.default_type:
        known = [each.id for each in policy.case_types]
        if policy.default_type not in known:
            yield f"default_type: {policy.default_type!r} is no case type"


def _forms(policy: Policy) -> Iterator[str]:
    """A form asks only for what a sheet can fill in."""
    ours = {each.id for each in policy.fields}
    asked = (*policy.escalation.facts, *policy.closing.confirmations)
    ours |= {each.id for each in asked}
    for form in policy.forms:
        known = ours | {*FORM_FIELDS.get(form.id, ())}
        for key, names in (("fields", form.fields), ("labels", form.labels)):
            for name in names:
                if name not in known:
                    yield f"form.{form.id}.{key}: there is no field {name!r}"


def _field(spec: FieldSpec, parents: Mapping[str, tuple[Choice, ...]]) -> Iterator[str]:
    where = f"field.{spec.id}"
    legal = [each.id for each in spec.choices]
    if spec.default and legal and spec.default not in legal:
        yield f"{where}.default: {spec.default!r} is not one of its choices"
    if spec.depends_on and spec.depends_on not in parents:
        yield f"{where}.depends_on: there is no field {spec.depends_on!r}"
        return
    above = parents.get(spec.depends_on, ())
    values = {name for each in above for name in each.names}
    for choice in spec.choices:
        for value in choice.when:
            if not spec.depends_on:
                yield f"{where}.choices.{choice.id}: when without depends_on"
            elif value.lower() not in values:
                yield (
                    f"{where}.choices.{choice.id}: never legal, "
                    f"{spec.depends_on} has no value {value!r}"
                )


def _questions(policy: Policy, conditions: CelConditions) -> Iterator[str]:
    groups: Mapping[str, tuple[str, tuple[Question, ...]]] = {
        "impact.question": ("open", policy.impact.questions),
        "checklist": ("open", policy.checklist),
        "closing.confirmation": ("close", policy.closing.confirmations),
        "escalation.fact": ("escalate", policy.escalation.facts),
        "escalation.deescalation": ("deescalate", policy.escalation.deescalation),
    }
    for group, (action, questions) in groups.items():
        for question in questions:
            where = f"{group}.{question.id}"
            yield from (
                f"{where}{problem}" for problem in _question(question, conditions)
            )
            if question.ask_when:
                maybe = _maybe_unknown(policy, question.ask_when, action)
                yield from _unneeded(f"{where}.ask_when", maybe, question.needs)


def _question(question: Question, conditions: CelConditions) -> Iterator[str]:
    if question.ask_when:
        problem = conditions.check(question.ask_when, Kind.BOOL)
        if problem:
            yield f".ask_when: {problem}"
    yield from (f".needs: {name!r} is no variable" for name in _strange(question.needs))
    if (question.kind is QuestionKind.CHOICE) != bool(question.choices):
        yield '.choices: needed by kind "choice" and by no other'
    if question.expects and normalise(question, question.expects) != question.expects:
        yield f".expects: {question.expects!r} is no {question.kind} answer"


def _tables(policy: Policy) -> Iterator[str]:
    channels = {each.id for each in policy.channels}
    levels = {each.id for each in policy.entitlement}
    severities = {each.id for each in policy.severities}
    for severity in policy.severities:
        where = f"severity.{severity.id}"
        offered = severity.offered if channels else ()
        yield from _absent(f"{where}.offered", "channel", offered, channels)
        yield from _span(f"{where}.response", severity.response)
        instead = (severity.instead,) if severity.instead else ()
        yield from _absent(f"{where}.instead", "severity", instead, severities)
    for spec in policy.channels:
        yield from _span(f"channel.{spec.id}.response", spec.response)
    yield from _span("closing.no_feedback", policy.closing.no_feedback)
    yield from _span("escalation.no_update", policy.escalation.no_update)
    for key, edge in (
        ("impact.substantial_from", policy.impact.substantial_from),
        ("escalation.no_update_from", policy.escalation.no_update_from),
    ):
        yield from _absent(key, "severity", (edge,) if edge else (), severities)
    for level in policy.entitlement:
        where = f"entitlement.{level.id}"
        factors = level.response_factor
        yield from _absent(f"{where}.goes_with", "level", level.goes_with, levels)
        yield from _absent(f"{where}.response_factor", "severity", factors, severities)
    for service in policy.services:
        where = f"service.{service.id}.levels"
        yield from _absent(where, "level", service.levels, levels)
    named = {action for each in policy.roles for action in each.may}
    yield from (f"role: {each!r} is no action" for each in sorted(named - set(ACTIONS)))
    if sum(each.default for each in policy.roles) > 1:
        yield "role: more than one is the default"


def _absent(
    where: str, kind: str, names: Iterable[str], known: Collection[str]
) -> Iterator[str]:
    yield from (
        f"{where}: there is no {kind} {name!r}" for name in names if name not in known
    )


def _span(where: str, text: str | None) -> Iterator[str]:
    if text is not None and not _DURATION.fullmatch(text):
        yield f"{where}: {text!r} is no duration such as 4h"


def _ids(policy: Policy) -> Iterator[str]:
    """Answers and fields share the names that `--set` and findings use."""
    taken = dict.fromkeys(("subject", "description", "impact", *_PARENTS), "a case")
    groups = {
        "field": [each.id for each in policy.fields],
        "impact.question": [each.id for each in policy.impact.questions],
        "checklist": [each.id for each in policy.checklist],
    }
    for group, names in groups.items():
        for name in names:
            if name in taken:
                yield f"{group}.{name}: the id is taken by {taken[name]}"
            taken[name] = group


def _sources(policy: Policy) -> Iterator[str]:
    """Every `source` begins with a name of `[sources]`, then a comma and the place."""
    for where, source in cited(policy):
        name = source.partition(",")[0]
        if name not in policy.sources:
            yield f"{where}: {name!r} is not in [sources]"


def cited(policy: Policy) -> Iterator[tuple[str, str]]:
    """Give the place and the text of every source a policy names."""
    plain = to_plain(replace(policy, sources={}, calendar=None))
    yield from ((f"cites.{key}", text) for key, text in policy.cites.items())
    yield from _cited(plain, "")


def _cited(data: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, list):
        data = {label_of(each, n): each for n, each in enumerate(data)}
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        if key == "source" and isinstance(value, str):
            if value:
                yield f"{where}source", value
        else:
            yield from _cited(value, f"{where}{_SINGULAR.get(key, key)}.")


# --- rules ---------------------------------------------------------------------------


def _rule(policy: Policy, rule: Rule, conditions: CelConditions) -> Iterator[str]:
    where = f"rule.{rule.id}"
    broken = list(_expressions(policy, rule, conditions))
    yield from broken
    if any(".needs" not in each and "may be unknown" not in each for each in broken):
        return
    for key, text in (("message", rule.message), ("remedy", rule.remedy)):
        for name in _strange(NAMED.findall(text)):
            yield f"{where}.{key}: {name!r} is no variable"
    yield from (
        f"{where}.needs: {name!r} is no variable" for name in _strange(rule.needs)
    )
    yield from (
        f"{where}.on: {name!r} is no action" for name in rule.on if name not in ACTIONS
    )
    expected = {example.expect for example in rule.examples}
    if PASS not in expected:
        yield f"{where}.example: none that passes"
    if not expected - {PASS}:
        yield f"{where}.example: none in which the rule speaks"
    for n, example in enumerate(rule.examples, 1):
        problem = _run(policy, rule, example, conditions)
        if problem:
            yield f"{where}.example.{n}: {problem}"


def _expressions(
    policy: Policy, rule: Rule, conditions: CelConditions
) -> Iterator[str]:
    """Compile what a rule says in CEL and hold it against what it needs."""
    expressions = {
        "scope": (rule.scope, Kind.BOOL, ()),
        "when": (rule.when, Kind.BOOL, rule.needs),
        "earliest": (rule.earliest, Kind.TIMESTAMP, rule.needs),
    }
    for key, (expression, kind, needs) in expressions.items():
        if not expression:
            continue
        problem = conditions.check(expression, kind)
        if problem:
            yield f"rule.{rule.id}.{key}: {problem}"
            return
        for action in rule.on:
            maybe = _maybe_unknown(policy, expression, action)
            yield from _unneeded(f"rule.{rule.id}.{key}", maybe, needs)


def _run(
    policy: Policy, rule: Rule, example: RuleExample, conditions: CelConditions
) -> str:
    """Say what is wrong with an example: its outcome, or a condition without answer."""
    watched = _Watched(conditions)
    facts = _example_facts(policy, rule.on[0] if rule.on else "", example.given)
    findings = tuple(judge_rule(rule, facts, watched))
    if watched.failure:
        return f"no answer: {watched.failure}"
    found = findings[0].effect.value if findings else PASS
    return (
        "" if found == example.expect else f"gives {found}, expected {example.expect}"
    )


class _Watched:
    """Conditions that remember a failure a judgement swallows."""

    def __init__(self, conditions: CelConditions) -> None:
        self._conditions = conditions
        self.failure = ""

    def holds(self, expression: str, facts: Mapping[str, object]) -> bool:
        """Evaluate a condition; see `CelConditions.holds`."""
        try:
            return self._conditions.holds(expression, facts)
        except ConditionFailed as failure:
            self.failure = str(failure)
            raise

    def moment(self, expression: str, facts: Mapping[str, object]) -> datetime:
        """Evaluate a time; see `CelConditions.moment`."""
        try:
            return self._conditions.moment(expression, facts)
        except ConditionFailed as failure:
            self.failure = str(failure)
            raise


def _example_facts(
    policy: Policy, action: str, given: Mapping[str, object]
) -> dict[str, object]:
    """Lay an example's facts over those of an empty request, ranks filled in."""
    facts = _always_known(policy, action)
    case = any(name.startswith("case.") for name in given)
    facts["case.exists"] = case
    for name in ("case.severity", "case.severity_agreed", "request.severity"):
        level = policy.severity(str(given.get(name, "")))
        if level is not None:
            facts[f"{name}_rank"] = level.rank
    if "request.impact" in given:
        facts["request.impact_words"] = len(str(given["request.impact"]).split())
    return {**facts, **given}


def _always_known(policy: Policy, action: str) -> dict[str, object]:
    """Give the facts of an empty request; the time is left to the example."""
    from datetime import UTC, datetime

    never = datetime(1, 1, 1, tzinfo=UTC)
    facts = known_facts(policy, action, None, Actor(), Request(), never)
    del facts["now"]
    return facts


def _maybe_unknown(policy: Policy, expression: str, action: str) -> list[str]:
    """Name the variables an expression reads that may be unknown at that action."""
    known = {*_always_known(policy, action), "now"}
    return [name for name in variables_in(expression) if name not in known]


def _unneeded(where: str, maybe: Iterable[str], needs: Sequence[str]) -> Iterator[str]:
    for name in maybe:
        if name not in needs:
            yield f"{where}: reads {name}, which may be unknown; name it in needs"


def _strange(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in VARIABLES]
