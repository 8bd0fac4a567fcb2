"""Where a text may be cut: between lines, but not between those a rule reads together.

A rule over several lines says on what lines its matches begin; a private key is kept in
one piece by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from casecli.scrub.rule import Expression, Rule

_FARTHEST = 64 * 1024  # bytes that a cut goes back at most for the sake of a block
_FURTHER = 8  # lines
_SEEN = 400  # bytes of a line
_KEY = re.compile(rb"-----(?:(BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)|END )")


class Cuts:
    """Finds where to cut, for these rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        chosen = [rule for rule in rules if rule.multiline]
        self._near = _any(line for rule in chosen for line in rule.begins)
        self._far = _any(line for rule in chosen for line in rule.begins_block)

    def before(self, data: bytes, cut: int) -> int:
        """Give where to cut at or before `cut`, or behind a key that begins it all.

        0 means that more of the text is to be waited for.
        """
        near = cut = _before_key_block(data, cut)
        low = max(0, cut - _FARTHEST)
        while near > low:
            begin = _line_before(data, near)
            end = min(near, begin + _SEEN)
            if not (self._near and self._near.compiled.search(data, begin, end)):
                begin = self._before_block(data, near)
            if begin == near:
                return near
            near = begin
        return cut if len(data) > 2 * _FARTHEST else near

    def _before_block(self, data: bytes, cut: int) -> int:
        """Give where a block begins that the last lines may be of, `cut` for none."""
        first = cut
        for _ in range(_FURTHER):
            first = _line_before(data, first)
        found = self._far and self._far.compiled.search(data, first, cut)
        return _line_before(data, found.end()) if found else cut


def _any(lines: Iterable[bytes]) -> Expression | None:
    """Make one expression of several."""
    source = b"|".join(dict.fromkeys(lines))
    return Expression(source, re.IGNORECASE | re.MULTILINE) if source else None


def _line_before(data: bytes, place: int) -> int:
    """Give where the line begins that ends here."""
    return data.rfind(b"\n", 0, max(place - 1, 0)) + 1


def _before_key_block(data: bytes, cut: int) -> int:
    """Keep together a private key, and others in the place of which one is."""
    low = max(0, cut - _FARTHEST + 1)
    if data.rfind(b"-----BEGIN ", low, cut) < 0:
        return cut
    open_: list[int] = []
    end = -1
    for mark in _KEY.finditer(data, low):
        if mark.start() >= cut and not open_:
            return cut
        if mark[1]:
            open_.append(mark.start())
        elif open_:
            at = open_.pop()
            if mark.start() >= cut and not open_:
                open_, end = [at], mark.end()
                break
    if not open_ or open_[0] >= cut:
        return cut
    begin = data.rfind(b"\n", 0, open_[0]) + 1
    if begin:
        return begin
    eol = data.find(b"\n", end) + 1 if end >= 0 else 0
    return eol or (cut if len(data) > 2 * _FARTHEST else 0)
