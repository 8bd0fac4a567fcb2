"""Clues to where an expression can match at all: words that all its matches have.

To search a line for an expression that is not there takes a hundred times as long as to
find no word of it. And where a word stands says where a match must begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_RARE = b"[{|~^$%"  # signs that are a clue by themselves
FAR = 1 << 20  # more than any line that is looked at has

CLOSED = rb"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"
"""What is one in an expression, whatever signs are in it: an escape, or a class."""
_TOKENS = re.compile(
    rb"(?xs) \\x[\da-fA-F]{2} |"
    + CLOSED
    + rb"""
    | \(\?(?:P<\w+>|:|>|-?[a-z]+:|\(\w+\)) | \(\?<?[=!] | \(\?[a-z]+\) | \(\?P=\w+\)
    | \(\?. | [*+?][+?]? | \{\d*,?\d*\}[+?]? | . """
)
_COUNT = re.compile(rb"(?P<sign>[*+?])|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\}")
_SIGNS = {b"?": (0, 1), b"*": (0, FAR), b"+": (1, FAR)}
_CONTROLS = {b"\\n": b"\n", b"\\t": b"\t", b"\\r": b"\r"}
_PLACES = frozenset((b"^", b"$", b"\\b", b"\\B", b"\\A", b"\\Z"))
_MOST_WORDS = 120
_MANY = 40  # words that are not looked for only to see whether one is there
_FEW = 3  # other clues
_SHORT_WORDS = {1: 20, 2: 4, 3: 2}  # what they cost; longer ones cost 1
_DEAR, _CLOSE = 60, 64  # at such a cost, or so far away, a search is cheaper


class Clue(NamedTuple):
    """Words in small letters of which every match has one.

    It begins `low` to `high` bytes behind the beginning of the match.
    """

    words: tuple[bytes, ...]
    low: int
    high: int

    def later(self, low: int, high: int) -> Clue:
        """Give it for a match that begins so many bytes earlier."""
        return Clue(self.words, self.low + low, min(self.high + high, FAR))


class Part(NamedTuple):
    """What is known of a part of an expression: its clues, and how long matches are."""

    clues: Sequence[Clue]
    least: int
    most: int


_UNKNOWN = Part((), 0, FAR)
_NOWHERE = Part((), 0, 0)
_SIGN = Part((), 1, 1)


def clues(source: bytes) -> Sequence[Clue]:
    """Give what is known of all matches of a VERBOSE expression, perhaps nothing."""
    tokens = [token[0] for token in _TOKENS.finditer(source)]
    if b"#" in tokens:  # a remark may hold anything
        return ()
    return _alternatives(iter(tokens)).clues


def _alternatives(tokens: Iterator[bytes]) -> Part:
    """Read alternatives up to the group's end; of several, one of each one's clues."""
    parts: list[Part] = []
    ended = False
    while not ended:
        part, ended = _sequence(tokens)
        parts.append(part)
    least, most = min(part.least for part in parts), max(part.most for part in parts)
    if len(parts) == 1:
        return parts[0]
    if not all(part.clues for part in parts):
        return Part((), least, most)
    best = [min(part.clues, key=cost) for part in parts]
    clue = _joined(best)
    return Part((clue,) if len(clue.words) <= _MOST_WORDS else (), least, most)


def _sequence(tokens: Iterator[bytes]) -> tuple[Part, bool]:
    """Read one alternative; tell whether the group ends behind it."""
    found: list[Clue] = []
    run, start = b"", (0, 0)
    low = high = 0  # where the next token stands
    last = _NOWHERE  # and what the last one was, until it is known how often

    def flush() -> None:
        nonlocal run
        if run and (len(run) > 1 or run in _RARE):
            found.append(Clue((run,), *start))
        run = b""

    for token in tokens:
        if token.isspace():
            continue
        if token in {b"|", b")"}:
            flush()
            return Part(found, low, high), token == b")"
        count = _count(token)
        if count is not None:
            least, most = count
            low += (least - 1) * last.least
            high = min(FAR, max(0, high + (most - 1) * last.most))
            if not least:
                run = run[:-1]
                found = [clue for clue in found if clue not in last.clues]
            flush()
            last = _NOWHERE
            continue
        letter = _letter(token)
        if letter is not None:
            start = start if run else (low, high)
            run += letter
            last = _SIGN
        else:
            flush()
            part = _part(token, tokens)
            here = [clue.later(low, high) for clue in part.clues]
            last = Part(here, part.least, part.most)
            found += here
        low, high = min(FAR, low + last.least), min(FAR, high + last.most)
    flush()
    return Part(found, low, high), True


def _part(token: bytes, tokens: Iterator[bytes]) -> Part:
    """Read what is no letter: a sign of some class, a place, a group."""
    if not token.startswith(b"("):
        if token in _PLACES:
            return _NOWHERE
        return _UNKNOWN if re.fullmatch(rb"\\\d", token) else _SIGN
    if token.endswith((b"=", b"!")):
        _alternatives(tokens)  # looked at, but not matched
        return _NOWHERE
    if token.startswith(b"(?P="):
        return _UNKNOWN
    if token.startswith(b"(?") and token.endswith(b")") and token[2:3] != b"(":
        return _NOWHERE
    return _alternatives(tokens)


def _count(token: bytes) -> tuple[int, int] | None:
    match = _COUNT.match(token) if token[:1] in b"*+?{" else None
    if match is None or token == b"{":
        return None
    if match["sign"]:
        return _SIGNS[match["sign"]]
    least = int(match["least"] or 0)
    most = int(match["most"] or FAR) if match["comma"] else least
    return least, most


def _letter(token: bytes) -> bytes | None:
    """Give the one letter that a token stands for, if it does."""
    if len(token) == 1:
        return None if token in b"(^$.[" else token.lower()
    if token in _CONTROLS:
        return _CONTROLS[token]
    if token.startswith(b"\\x"):
        return bytes.fromhex(token[2:].decode()).lower()
    if token.startswith(b"\\"):
        return None if token[1:].isalnum() else token[1:]
    if token.startswith(b"[") and len(token) == len(b"[ ]"):
        return token[1:2].lower()
    return None


def cost(clue: Clue) -> float:
    """Guess what it costs to follow a clue: short words are everywhere."""
    words = sum(_SHORT_WORDS.get(len(word), 1) for word in clue.words)
    return words * (1 + (clue.high - clue.low) / 8)


def _joined(parts: Iterable[Clue]) -> Clue:
    """Make one clue of several; words that hold another one are told by that."""
    kept: dict[bytes, tuple[int, int]] = {}
    places = [(word, part.low, part.high) for part in parts for word in part.words]
    for word, low, high in sorted(places, key=lambda each: (len(each[0]), each)):
        inner = next((short for short in kept if short in word), word)
        at = word.index(inner)
        known = kept.get(inner, (low + at, high + at))
        kept[inner] = min(known[0], low + at), max(known[1], high + at)
    lows, highs = zip(*kept.values(), strict=True)
    return Clue(tuple(kept), min(lows), min(FAR, max(highs)))


class Trail(NamedTuple):
    """Where matches of an expression may begin in a text.

    `near` is the clue to that, if there is one; a word of each of the `others` must be
    there too.
    """

    near: Clue | None
    others: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, found: Sequence[Clue]) -> Trail:
        """Choose the clues that cost least to follow."""
        close = [each for each in found if each.high - each.low < _CLOSE]
        near = min(close, key=cost, default=None)
        if near is not None and cost(near) >= _DEAR:
            near = None
        rest = [each for each in found if each is not near]
        rest = [each for each in sorted(rest, key=cost) if len(each.words) <= _MANY]
        return cls(near, tuple(each.words for each in rest[:_FEW]))

    def starts(self, lowered: bytes, low: int, end: int) -> Iterable[int] | None:
        """Give places from `low` to `end`, left to right; None where nothing is known.

        The text is in small letters.
        """
        for words in self.others:
            if not any(word in lowered for word in words):
                return ()
        if self.near is None:
            return None
        words, least, most = self.near
        found: set[int] = set()
        for word in words:
            limit = end + most + len(word)
            at = lowered.find(word, low + least, limit)
            while at >= 0:
                found.update(range(max(low, at - most), min(end, at - least) + 1))
                at = lowered.find(word, at + 1, limit)
        return sorted(found)
