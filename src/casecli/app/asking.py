"""Asking a person for what a step of a case's life still lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from casecli.app.lifecycle import questions, reasons
from casecli.domain.checklist import SHAPES, Choice, QuestionKind, normalise
from casecli.domain.judgement import refusals
from casecli.domain.policy import Effect

if TYPE_CHECKING:
    from casecli.app.lifecycle import Lifecycle, Step
    from casecli.app.workplace import Workplace
    from casecli.domain.checklist import Question
    from casecli.domain.policy import Finding
    from casecli.domain.ports import Prompter


def complete(
    place: Workplace, lifecycle: Lifecycle, prompter: Prompter, step: Step
) -> Step:
    """Ask until nothing is missing that an answer could mend.

    What no answer mends is left for the judgement, which refuses with all of it.
    """
    asked: set[str] = set()
    while True:
        missing = [
            each for each in _missing(lifecycle, step) if each.field not in asked
        ]
        if not missing:
            return step
        finding = missing[0]
        asked.add(finding.field or "")
        step = _ask(place, prompter, step, finding)


def _missing(lifecycle: Lifecycle, step: Step) -> list[Finding]:
    findings = refusals(lifecycle.judge(step), step.waivers)
    if any(each.effect is Effect.DENY and each.field is None for each in findings):
        return []
    return [each for each in findings if each.field is not None]


def _ask(place: Workplace, prompter: Prompter, step: Step, finding: Finding) -> Step:
    field, request = finding.field or "", step.request
    choices = reasons(place, step.verb)
    if field == "reason" and choices:
        reason = prompter.choose("Reason", choices, default=request.reason)
        return replace(step, request=replace(request, reason=reason))
    question = next((q for q in questions(place, step.verb) if q.id == field), None)
    if question is not None:
        answer = _answer(prompter, question, request.answers.get(field, ""))
        answers = {**request.answers, field: answer}
        return replace(step, request=replace(request, answers=answers))
    if field in ("message", "text", "details"):
        text = prompter.text(finding.message, default=request.text)
        return replace(step, request=replace(request, text=text))
    value = prompter.line(finding.message, help_text=finding.remedy)
    return replace(
        step, request=replace(request, fields={**request.fields, field: value})
    )


def _answer(prompter: Prompter, question: Question, before: str) -> str:
    if question.kind is QuestionKind.YES_NO:
        choices = (Choice(id="yes"), Choice(id="no"))
        return prompter.choose(question.text, choices, default=before)
    if question.choices:
        return prompter.choose(question.text, question.choices, default=before)

    def check(text: str) -> str | None:
        fits = normalise(question, text) is not None
        return None if fits else f"{SHAPES.get(question.kind, 'an answer')} is needed"

    return prompter.line(
        question.text, default=before, help_text=question.help, check=check
    )
