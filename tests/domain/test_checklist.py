"""Answers in their one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casecli.domain.checklist import Choice, Question, QuestionKind, normalise


def question(kind: QuestionKind) -> Question:
    choices = (Choice(id="cloud", label="In the cloud"), Choice(id="premise"))
    return Question(id="q", text="?", kind=kind, choices=choices)


@pytest.mark.parametrize(
    ("kind", "typed", "answer"),
    [
        (QuestionKind.TEXT, "  since Monday ", "since Monday"),
        (QuestionKind.TEXT, " \t", None),
        (QuestionKind.YES_NO, "Yes", "yes"),
        (QuestionKind.YES_NO, " y ", "yes"),
        (QuestionKind.YES_NO, "FALSE", "no"),
        (QuestionKind.YES_NO, "maybe", None),
        (QuestionKind.YES_NO, "", None),
        (QuestionKind.NUMBER, "40", "40"),
        (QuestionKind.NUMBER, "30 %", "30%"),
        (QuestionKind.NUMBER, "1,200", "1200"),
        (QuestionKind.NUMBER, "12.5%", "12.5%"),
        (QuestionKind.NUMBER, "1,20", None),
        (QuestionKind.NUMBER, "²", None),
        (QuestionKind.NUMBER, "-4", None),
        (QuestionKind.NUMBER, "many", None),
        (QuestionKind.DATE, "2026-02-28", "2026-02-28"),
        (QuestionKind.DATE, "20260228", "2026-02-28"),
        (QuestionKind.DATE, "None", "none"),
        (QuestionKind.DATE, "2026-02-30", None),
        (QuestionKind.DATE, "soon", None),
        (QuestionKind.CHOICE, "Cloud", "cloud"),
        (QuestionKind.CHOICE, "in the cloud", "cloud"),
        (QuestionKind.CHOICE, "moon", None),
        (QuestionKind.CHOICE, " ", None),
    ],
)
def test_an_answer_gets_its_one_spelling_or_none(
    kind: QuestionKind, typed: str, answer: str | None
) -> None:
    assert normalise(question(kind), typed) == answer


@given(st.sampled_from(QuestionKind), st.text(alphabet="yes no1.0,%2026-", max_size=10))
def test_a_normalised_answer_stays_as_it_is(kind: QuestionKind, typed: str) -> None:
    asked = question(kind)
    once = normalise(asked, typed)

    assert once is None or normalise(asked, once) == once
