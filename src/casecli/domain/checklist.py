"""Questions a case must answer before it leaves, and what is still open."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

from casecli.domain.values import dataclass


class QuestionKind(StrEnum):
    """What an answer must look like."""

    TEXT = "text"
    YES_NO = "yes-no"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One legal value; `when` names the value of `depends_on` it belongs to."""

    id: str
    label: str = ""
    definition: str = ""
    aliases: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every spelling by which it may be asked for, in small letters."""
        return tuple(each.lower() for each in (self.id, self.label, *self.aliases))

    def is_called(self, value: str) -> bool:
        """Tell whether a value means this choice."""
        wanted = value.strip().lower()
        if wanted in (self.id, self.id.lower()) or not wanted:
            return bool(wanted)
        return wanted == self.label.lower() or wanted in self.names


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask; `ask_when` is a condition, empty for always.

    `required` False makes the question an offer: the wizard asks, scripts may leave it;
    with `advised` they are warned when they do.
    `rule` and `source` go into the finding of a missing answer.
    """

    id: str
    text: str
    help: str = ""
    kind: QuestionKind = QuestionKind.TEXT
    choices: tuple[Choice, ...] = ()
    ask_when: str = ""
    needs: tuple[str, ...] = ()
    required: bool = True
    advised: bool = False
    expects: str = ""
    rule: str = ""
    source: str = ""


_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})
_NUMBER = re.compile(r"((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?) *(%?)")


SHAPES: Mapping[QuestionKind, str] = {
    QuestionKind.YES_NO: "yes or no",
    QuestionKind.NUMBER: "a number: 40, 1200 or 30%",
    QuestionKind.DATE: "a date: 2026-03-29, or none",
}
"""What an answer of a kind looks like, where the kind restricts it."""


def normalise(question: Question, value: str) -> str | None:
    """Give the answer in its one spelling, or None where it does not fit the kind."""
    text = value.strip()
    if not text:
        return None
    match question.kind:
        case QuestionKind.TEXT:
            return text
        case QuestionKind.YES_NO:
            return _yes_or_no(text)
        case QuestionKind.NUMBER:
            return _number(text)
        case QuestionKind.DATE:
            return _date(text)
        case QuestionKind.CHOICE:
            called = (each.id for each in question.choices if each.is_called(text))
            return next(called, None)


def _yes_or_no(text: str) -> str | None:
    lowered = text.lower()
    if lowered in _YES:
        return "yes"
    return "no" if lowered in _NO else None


def _number(text: str) -> str | None:
    match = _NUMBER.fullmatch(text)
    return f"{match[1].replace(',', '')}{match[2]}" if match else None


def _date(text: str) -> str | None:
    from datetime import date

    if text.lower() == "none":
        return "none"
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
