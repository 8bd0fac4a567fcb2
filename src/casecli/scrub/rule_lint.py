"""What is wrong with rules, for those who write them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from casecli.scrub.clues import CLOSED
from casecli.scrub.replace import spans
from casecli.scrub.rule import Rule
from casecli.scrub.ruleset import load
from casecli.scrub.spans import Finder
from casecli.scrub.stdlib import StdlibEngine
from casecli.scrub.tokens import has_tokens

_OPEN_END = re.compile(rb"(?:[*+?]|,\d*\})$")
_CLASSES = re.compile(CLOSED)
_CODES = re.compile(
    rb"\\x[\da-f]{2}|[%#]\(?[\da-fA-F|:?]+\)?|\\u00\w\w|\{\d*,?\d*\}|[02]-9|0-"
)
_LETTERS = re.compile(rb"[a-z\x80-\xff]{2,}")
_OWN_DIGIT = re.compile(rb"\d(?![?])")
_MARKS = re.compile("⟦([^⟧]*)⟧")
_Named = tuple[str, int, int]  # what a rule found, and where


def marked(example: str) -> tuple[bytes, list[tuple[int, int]]]:
    """Take the ⟦marks⟧ out of an example: its bytes, and the places marked."""
    text = b""
    places: list[tuple[int, int]] = []
    last = 0
    for mark in _MARKS.finditer(example):
        text += example[last : mark.start()].encode()
        value = mark[1].encode()
        places.append((len(text), len(text) + len(value)))
        text += value
        last = mark.end()
    return text + example[last:].encode(), places


class _Line(NamedTuple):
    """A line of a rule, and where in it values are marked; None in an innocent one."""

    rule: Rule
    said: str
    text: bytes
    wanted: list[tuple[int, int]] | None

    def problem(self, found: Sequence[_Named]) -> str:
        """Say what is wrong with what was found, if anything is."""
        rule = self.rule.id
        if self.wanted is None:
            read = f"{rule}: innocent {self.said!r} is read as"
            return f"{read} {_as_read(self.text, found)!r}" if found else ""
        missing = set(self.wanted).difference(span[1:] for span in found)
        extra = [s for s in found if s[0] == rule and s[1:] not in self.wanted]
        if self.wanted and not missing and not extra:
            return ""
        return f"{rule}: {self.said!r} is read as {_as_read(self.text, found)!r}"


def lint_rules(
    rules: Sequence[Rule] | None = None, finder: Finder | None = None
) -> Iterator[str]:
    """Say what is wrong with rules: syntax, examples missed, innocents touched.

    All that ship are asked about each line, so that an innocent one is innocent for
    every rule. A `finder` of all that ship is asked where there is one, else the
    standard library.
    """
    shipped = load().rules
    chosen = tuple(rules) if rules is not None else shipped
    if finder is None:
        finder = Finder(tuple(dict.fromkeys((*shipped, *chosen))), StdlibEngine)
    for rule in chosen:
        if not has_tokens(rule.type):
            yield f"{rule.id}: there are no tokens of type {rule.type!r}"
        yield from _lint_anchors(rule)
    yield from _lint_lines(chosen, finder)


def _lint_lines(rules: Sequence[Rule], finder: Finder) -> Iterator[str]:
    """Look at all lines at once, and by itself at each that seems to be misread."""
    lines = list(_lines(rules))
    begins = list(accumulate((len(line.text) + 2 for line in lines), initial=0))
    found: list[list[_Named]] = [[] for _ in lines]
    for rule, start, stop in spans(finder, b"\n\n".join(line.text for line in lines)):
        place = bisect_right(begins, start) - 1
        found[place].append((rule, start - begins[place], stop - begins[place]))
    for line, near in zip(lines, found, strict=True):
        if line.problem(near):
            problem = line.problem(spans(finder, line.text))
            if problem:
                yield problem


def _lines(rules: Sequence[Rule]) -> Iterator[_Line]:
    for rule in rules:
        for example in rule.examples:
            yield _Line(rule, example, *marked(example))
        for line in rule.innocent:
            yield _Line(rule, line, line.encode(), None)


def _as_read(text: bytes, found: Sequence[_Named]) -> str:
    """Mark what rules find: `by crate:⟦K70418⟧ at`."""
    out, last = "", 0
    for rule, start, stop in found:
        value = text[start:stop].decode(errors="replace")
        out += f"{text[last:start].decode(errors='replace')}{rule}:⟦{value}⟧"
        last = stop
    return out + text[last:].decode(errors="replace")


def _lint_anchors(rule: Rule) -> Iterator[str]:
    if not rule.examples:
        yield f"{rule.id}: no examples"
    for anchor in rule.anchors:
        plain = _CLASSES.sub(b"x", anchor)
        if b".*" in plain or b".+" in plain or b"(?s" in plain:
            yield f"{rule.id}: anchor {anchor!r} may run over a whole text"
        if plain != plain.lower() or _OPEN_END.search(plain):
            yield f"{rule.id}: anchor {anchor!r} has capitals or no fixed end"
    for word in rule.openings:
        if not _LETTERS.fullmatch(word):
            yield f"{rule.id}: the opening {word!r} is not two small letters or more"
    for exact in rule.exacts:
        if rule.alike and _OWN_DIGIT.search(_CODES.sub(b"", exact.pattern.source)):
            yield f"{rule.id}: {exact.pattern.source!r} tells one digit from another"
        if b"(?P<value>" not in exact.pattern.source:
            yield f"{rule.id}: an exact expression has no group `value`"
