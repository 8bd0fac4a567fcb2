"""Finding candidates: where in a text some rule's anchor ends.

An engine only proposes; spans, validators and tokens are common to all engines, so
which one runs can never change the outcome, only how long it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from casecli.scrub.ruleset import Rule, is_literal

_LOWER = bytes(range(256)).lower()
_DIGITS_AS_0 = _LOWER.translate(bytes.maketrans(b"123456789", b"0" * 9))
_CLASS_D = re.compile(rb"(?<!\\)\\d")
_OWN_DIGIT = re.compile(rb"(?<![{,\d])\d+(?![,}\d])")
_SHORT_HEAD = 2
_REPEATED_0 = re.compile(rb"(?<!\])(?<![\w)])0\{(\d+)\}")
_ESCAPED = re.compile(rb"\\(.)")
_HEAD = re.compile(rb"(?:[^\\.^$*+?{}\[\]|()]|\\[^a-zA-Z0-9])+(?![*+?{])")


class Engine(Protocol):
    """Proposes places to look at closely; may propose too many, never too few."""

    def candidates(self, data: bytes) -> Iterable[tuple[Rule, int]]:
        """Give each rule with the end of each of its anchors, in any order."""
        ...


class StdlibEngine:
    """Works everywhere: literal searches first, `re` only where they hit.

    Anchors are matched against a lower-cased copy; those with a class of digits and no
    digit of their own against one where each digit is a 0, so that they start with a
    literal, which `bytes.find` finds far faster than `re` finds a class.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        by_anchor: dict[bytes, list[Rule]] = {}
        for rule in rules:
            for anchor in rule.anchors:
                by_anchor.setdefault(anchor, []).append(rule)
        self._searches = [_Search(anchor, by_anchor[anchor]) for anchor in by_anchor]

    def candidates(self, data: bytes) -> Iterator[tuple[Rule, int]]:
        """Give each rule with the end of each of its anchors."""
        low = data.translate(_LOWER) + b"\n"
        zeros = data.translate(_DIGITS_AS_0) + b"\n"
        for search in self._searches:
            for end in search.ends(zeros if search.zeros else low):
                for rule in search.rules:
                    yield rule, end


class _Search:
    """One anchor, prepared for the fastest way to find it."""

    def __init__(self, anchor: bytes, rules: list[Rule]) -> None:
        self.rules = rules
        self.zeros = bool(_CLASS_D.search(anchor)) and not _OWN_DIGIT.search(anchor)
        if self.zeros:
            anchor = _CLASS_D.sub(b"0", anchor)
            anchor = _REPEATED_0.sub(lambda count: b"0" * int(count[1]), anchor)
        self._head = b""
        self._pattern: re.Pattern[bytes] | None = None
        if is_literal(anchor):
            self._head = anchor
            return
        self._pattern = re.compile(anchor)
        head = _HEAD.match(anchor)
        if head and not _splits_top(anchor):
            plain = _ESCAPED.sub(rb"\1", head[0])
            # Short heads hit so often that `re` alone is faster than a loop of ours.
            self._head = plain if len(plain.strip(b"0")) > _SHORT_HEAD else b""

    def ends(self, text: bytes) -> Iterator[int]:
        """Give where the anchor's matches end."""
        if not self._head:
            assert self._pattern is not None  # noqa: S101 - one of the two is set
            for match in self._pattern.finditer(text):
                yield match.end()
            return
        find, head = text.find, self._head
        fits = self._pattern.match if self._pattern else None
        at = find(head)
        while at >= 0:
            if fits is None:
                yield at + len(head)
            elif fit := fits(text, at):
                yield fit.end()
            at = find(head, at + 1)


def _splits_top(anchor: bytes) -> bool:
    depth = 0
    for token in re.findall(rb"\\.|\[[^\]]*\]|[()|]", anchor):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if token == b"|" and depth == 0:
            return True
    return False
