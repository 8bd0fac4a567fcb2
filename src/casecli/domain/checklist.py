"""Questions a case must answer before it leaves, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask; `ask_when` is a condition, empty for always.

    `required` False makes the question an offer: the wizard asks, scripts may leave it.
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
    expects: str = ""
    rule: str = ""
    source: str = ""


_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})


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
            number = text.removesuffix("%").strip()
            return text if number.replace(".", "", 1).isdigit() else None
        case QuestionKind.DATE:
            return text if _is_date(text) else None
        case QuestionKind.CHOICE:
            return next(
                (each.id for each in question.choices if each.id == text.lower()), None
            )


def _yes_or_no(text: str) -> str | None:
    lowered = text.lower()
    if lowered in _YES:
        return "yes"
    return "no" if lowered in _NO else None


def _is_date(text: str) -> bool:
    from datetime import date

    if text.lower() == "none":
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
