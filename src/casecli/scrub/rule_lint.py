"""What is wrong with rules, for those who write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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


def lint_rules(rules: Sequence[Rule] | None = None) -> Iterator[str]:
    """Say what is wrong with rules: syntax, examples missed, innocents touched.

    All that ship are asked about each line, so that an innocent one is innocent for
    every rule.
    """
    shipped = load().rules
    chosen = tuple(rules) if rules is not None else shipped
    finder = Finder(tuple(dict.fromkeys((*shipped, *chosen))), StdlibEngine)
    for rule in chosen:
        if not has_tokens(rule.type):
            yield f"{rule.id}: there are no tokens of type {rule.type!r}"
        yield from _lint_anchors(rule)
        yield from _lint_lines(rule, finder)


def _lint_lines(rule: Rule, finder: Finder) -> Iterator[str]:
    for example in rule.examples:
        text, wanted = marked(example)
        found = spans(finder, text)
        missing = [span for span in wanted if span not in [s[1:] for s in found]]
        extra = [s for s in found if s[0] == rule.id and s[1:] not in wanted]
        if not wanted or missing or extra:
            yield f"{rule.id}: {example!r} is read as {_as_read(text, found)!r}"
    for line in rule.innocent:
        text = line.encode()
        if found := spans(finder, text):
            yield f"{rule.id}: innocent {line!r} is read as {_as_read(text, found)!r}"


def _as_read(text: bytes, found: Sequence[tuple[str, int, int]]) -> str:
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
