"""Expressions for a text in which each digit is a 0.

Lines that differ in their digits only are one kind of line then, and looked at once.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from casecli.scrub.rule import Expression, Rule

DIGITS_AS_0 = bytes.maketrans(b"123456789", b"0" * 9)
CLOSED = rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"
"""What is one in an expression, whatever signs are in it: an escape, or a class."""
_UNITS = rb"\\x[\da-f]{2}|\{\d+(?:,\d*)?\}|" + CLOSED
_PARTS = re.compile(_UNITS + rb"|.", re.DOTALL)
_DIGIT_PARTS = re.compile(_UNITS + rb"|\d", re.DOTALL)
_ALL_DIGITS = re.compile(rb"\\d|\\x[\da-fA-F]{2}|0-9|\{\d*,?\d*\}")
_DIGIT = re.compile(rb"\d|\\d")
_ZEROS = re.compile(rb"0\{(\d+)\}")
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


def with_digits_alike(rule: Rule) -> Rule | None:
    """Give a rule that, where each digit is a 0, may accept too much, never too little.

    None where that cannot be said of one of its expressions.
    """
    gate = _alike(rule.gate) if rule.gate else None
    patterns = [_alike(exact.pattern) for exact in rule.exacts]
    if (rule.gate and gate is None) or None in patterns:
        return None
    exacts = (
        replace(exact, pattern=pattern)
        for exact, pattern in zip(rule.exacts, patterns, strict=True)
        if pattern is not None
    )
    return replace(rule, exacts=tuple(exacts), gate=gate)


@functools.cache
def _alike(expression: Expression) -> Expression | None:
    """Rewrite an expression for a text in which each digit is a 0.

    Where something must *not* be a certain digit, all that it must not be is left out;
    None for a class of signs that does so.
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
        if any(byte in b"0123456789" for byte in _ALL_DIGITS.sub(b"", text)):
            vague = vague or groups[-1][1]
            if text.startswith(b"[^") and not vague:
                return None
            text = _without_digit(part)
        out.append(text)
        if text == b")":
            begin, _ = groups.pop()
            if vague and not groups[-1][1]:
                del out[begin:]
                vague = False
    return Expression(b"".join(out), expression.flags)
