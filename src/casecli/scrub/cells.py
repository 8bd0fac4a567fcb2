"""What stands in a cell of a table, and the token for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from casecli.scrub import validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from casecli.scrub.report import Report
    from casecli.scrub.tokens import Tokens

NAME = r"[A-Z\u00c0-\u00dd\u0141\u015a\u0160\u017d\u010c][\w'\u2019.-]*"
OF = "van|von|de|der|den|da|di|la|le|bin|al|el"
_NOTHING = frozenset(
    rb"""na n/a - -- ? yes no empty \n null (anonym) anonym (anonymous) (unbekannt)
    unbekannt (unknown) inconnu (inconnu) desconocido onbekend""".split()
)
# What else a cell must be, by the validator of the rules for that type.
_VALIDATORS = {
    "user": "user", "name": "person", "host": "host_name", "password": "secret",
    "secret": "strong_secret", "agent": "identifier", "connection": "identifier",
    "account": "identifier", "machine": "machine",
}  # fmt: skip

_AN_ID = re.compile(rb"[A-Z]{0,4}-?\d{5,14}")  # where a customer's name may stand too
_LOGIN = re.compile(rb"[a-z]{1,20}[._][a-z]{2,20}(?:\.[a-z]{2,4})?")
_CALLED = re.compile(
    rf"(?:(?:{OF})[ ]){{0,2}}{NAME}(?:,?[ ](?:{OF}))?(?:,?[ ]{NAME}){{1,3}}"
)


class Cells:
    """Replaces the values of cells by the tokens of a case."""

    def __init__(self, tokens: Tokens, report: Report) -> None:
        self._tokens, self._report = tokens, report

    def replaced(self, kind: str, cell: bytes, line: Callable[[], int]) -> bytes:
        """Give a cell with its value replaced, where it holds one of this type.

        `line` gives the number of the cell's line.
        """
        inner = cell.strip()
        if inner[:2].lower() == b"n'":
            inner = inner[1:]
        if len(inner) > 1 and inner[:1] == inner[-1:] and inner[:1] in {b'"', b"'"}:
            inner = inner[1:-1].strip()
        if not inner or inner.lower() in _NOTHING or self._tokens.find(inner):
            return cell
        kind = _better(kind, inner)
        accepts = validators.named(_VALIDATORS.get(kind, "filled"))
        if not kind or not accepts(inner, b"", b""):
            return cell
        kind = "host" if kind == "machine" else kind
        token = self._tokens.give(kind, inner)
        if self._report.wants(kind):
            self._report.show(kind, inner, token, line())
        self._report.findings[kind] += 1
        before, _, after = cell.partition(inner)
        return before + token + after


def _better(kind: str, value: bytes) -> str:
    """Say what a cell holds where its column is about another type, "" for nothing."""
    few, many = 3, 15
    digits = sum(byte in b"0123456789" for byte in value)
    if kind == "name" and _AN_ID.fullmatch(value):
        return "account"
    if kind == "agent" and not digits:
        return _called(value)
    if kind == "login":
        return "agent" if digits and value == value.upper() else "user"
    if kind == "phone" and not few <= digits <= many:
        return ""
    if kind == "birth" and digits < few:
        return ""
    if kind in {"email", "user"} and b"@" in value:
        return "email" if b"." in value.rpartition(b"@")[2] else "user"
    if kind == "email":
        return ""
    return kind


def _called(value: bytes) -> str:
    """Say what tells who an agent is, where that is no number: a name or a login."""
    if _LOGIN.fullmatch(value):
        return "user"
    text = value.decode("utf-8", "replace")
    named = _CALLED.fullmatch(text) and validators.named("in_prose")(value, b"", b"")
    return "name" if named else ""
