"""Expressions for a text in which each digit is a 0.

Lines that differ in their digits only are one kind of line then, and looked at once.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from casecli.scrub.clues import CLOSED, Clue, clues
from casecli.scrub.rule import Expression, Rule

DIGITS_AS_0 = bytes.maketrans(b"123456789", b"0" * 9)
_UNITS = rb"\\x[\da-f]{2}|\{\d+(?:,\d*)?\}|" + CLOSED
_PARTS = re.compile(rb"[^\\\[(){}\d]+|" + _UNITS + rb"|.", re.DOTALL)
_DIGIT_PARTS = re.compile(_UNITS + rb"|\d", re.DOTALL)
_ALL_DIGITS = re.compile(rb"\\d|\\x[\da-fA-F]{2}|0-9|\{\d*,?\d*\}")
_A_DIGIT = re.compile(rb"\d")
_DIGIT = re.compile(rb"\d|\\d")
_ANY_DIGIT = frozenset((rb"\d", b"[0-9]"))
_ZEROS = re.compile(rb"0\{(\d+)\}")
_SOME_ZEROS = re.compile(rb"0\{(\d+)(?:,\d*)?\}[?+]?")
_CLASS_PARTS = re.compile(rb"\\x[\da-f]{2}|(?:\\d|\d-\d|\d)+")


def without_digits(anchor: str) -> bytes:
    """Rewrite an anchor for a text in which each digit is a 0."""
    source = anchor.encode()
    if _DIGIT.search(source) is None:
        return source
    text = _DIGIT_PARTS.sub(_without_digit, source)
    return _ZEROS.sub(lambda count: b"0" * int(count[1]), text)


def _without_digit(part: re.Match[bytes]) -> bytes:
    text = part[0]
    if text.startswith(b"[") and len(text) > 1:
        inner = _CLASS_PARTS.sub(
            lambda each: each[0] if each[0].startswith(b"\\x") else b"0", text
        )
        return b"0" if inner == b"[0]" else inner
    return b"0" if text == b"\\d" or text.isdigit() else text


class _Told(ValueError):
    """One digit is told from another."""


def with_digits_alike(rule: Rule) -> Rule | None:
    """Give a rule that, where each digit is a 0, may accept too much, never too little.

    None where that cannot be said of one of its expressions.
    """
    try:
        return rule.rewritten(_alike)
    except _Told:
        return None


def clues_alike(source: bytes) -> Sequence[Clue]:
    """Give clues to where an expression may match a text in which each digit is a 0."""
    parts = (part[0] for part in _PARTS.finditer(source))
    zeros = b"".join(b"0" if part in _ANY_DIGIT else part for part in parts)
    written = _SOME_ZEROS.sub(lambda some: b"0" * int(some[1]) + b"0*", zeros)
    return [
        clue._replace(words=tuple(word.translate(DIGITS_AS_0) for word in clue.words))
        for clue in clues(written)
    ]


@functools.cache
def _alike(expression: Expression) -> Expression:
    """Rewrite an expression for a text in which each digit is a 0.

    Where something must *not* be a certain digit, all that it must not be is left out.

    Raises:
        _Told: that is a class of signs.
    """
    out: list[bytes] = []
    groups: list[tuple[int, bool]] = [(0, False)]  # begin, and whether it denies
    vague = False
    source = expression.source
    for part in _PARTS.finditer(source):
        text = part[0]
        if text == b"(":
            denies = source.startswith((b"(?!", b"(?<!"), part.start())
            groups.append((len(out), denies or groups[-1][1]))
        if _A_DIGIT.search(text) and _A_DIGIT.search(_ALL_DIGITS.sub(b"", text)):
            vague = vague or groups[-1][1]
            if text.startswith(b"[^") and not vague:
                raise _Told
            text = _without_digit(part)
        out.append(text)
        if text == b")":
            begin, _ = groups.pop()
            if vague and not groups[-1][1]:
                del out[begin:]
                vague = False
    return Expression(b"".join(out), expression.flags, plain=expression.is_plain)
