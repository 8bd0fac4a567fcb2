"""Which questions of a policy apply, and which are not answered well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casecli.domain.checklist import Question, QuestionKind, normalise
from casecli.domain.policy import ConditionFailed, Effect, Finding, rule_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from casecli.domain.policy import Policy
    from casecli.domain.ports import Conditions


class Asker:
    """Finds the questions that apply and are not answered well."""

    def __init__(
        self, policy: Policy, facts: Mapping[str, object], conditions: Conditions
    ) -> None:
        self._policy, self._facts, self._conditions = policy, facts, conditions

    def __call__(
        self, questions: Iterable[Question], answers: Mapping[str, str]
    ) -> Iterator[Finding]:
        """Give a finding for each question that applies and lacks a good answer."""
        for question in questions:
            value = answers.get(question.id, "")
            # An unanswered offer never makes a finding: spare its condition.
            offered = not question.required and not question.advised
            if offered and not value.strip():
                continue
            if applies(question, self._facts, self._conditions):
                yield from self._one(question, value)

    def _one(self, question: Question, value: str) -> Iterator[Finding]:
        answer = normalise(question, value)
        rule = question.rule or rule_id(self._policy, "CHECKLIST")
        shape = _shape(question)
        if answer is None:
            said = f" ({value!r} is not {shape})" if value.strip() else ""
            only_advised = question.advised and not value.strip()
            yield Finding(
                rule=rule,
                effect=Effect.WARN if only_advised else Effect.REQUIRE,
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
