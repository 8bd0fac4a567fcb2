"""Anchors as the standard library looks for them: by what they begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from casecli.scrub.clues import CLOSED

SHORT_HEAD = 3
_CLASS_D = re.compile(rb"(?<!\\)\\d")
_OWN_DIGIT = re.compile(rb"(?<![{,\d])\d+(?![,}\d])")
_PARTS = re.compile(rb"(" + CLOSED + rb")([*+]?)")
_BOUNDED = {b"*": b"{0,64}", b"+": b"{1,64}"}  # no run makes `re` slow
_REPEATED_0 = re.compile(rb"(?<!\])(?<![\w)])0\{(\d+)\}")
_PLAIN = re.compile(rb"[a-z _@/=:,;<>\"'&%!~-]+")


class Shape(NamedTuple):
    """How an anchor is looked for.

    `whole` is searched for; `source` is matched where one of its `heads` is. `zeros`
    says that digits are 0 in it. An anchor that begins a line has at most `indent`
    blanks before it; -1 is any place.
    """

    source: bytes
    whole: bytes
    zeros: bool
    indent: int
    heads: tuple[bytes, ...]


def shape_of(source: bytes, *, alike: bool) -> Shape:
    """Prepare an anchor; `alike` ones are looked for where each digit is a 0.

    Raises:
        ValueError: it begins with no literal.
    """
    if _PLAIN.fullmatch(source):  # most are, where words are listed
        return Shape(source, source, alike, -1, (source,))
    source = _PARTS.sub(lambda part: part[1] + _BOUNDED.get(part[2], b""), source)
    zeros = source.startswith(b"\\d") and not _OWN_DIGIT.search(source)
    if zeros:
        source = _CLASS_D.sub(b"0", source)
        source = _REPEATED_0.sub(lambda count: b"0" * int(count[1]), source)
    start = _LINE_START.match(source)
    indent = -1 if start is None else _INDENT if b"[" in start[0] else 0
    near = _looking_behind(source)
    return Shape(near, source, zeros or alike, indent, tuple(heads(near)))


class Anchor:
    """One anchor of the rules at some places, compiled when a text has its head."""

    def __init__(self, shape: Shape, places: list[int]) -> None:
        self.source, self._whole, self.zeros, self._indent, self.heads = shape
        self.places = places
        self._pattern: re.Pattern[bytes] | None = None

    def ends_at(self, text: bytes, at: int) -> Iterator[int]:
        """Give all ends of what begins at a place, where the anchor's head is."""
        if self._indent >= 0:
            begin = text.rfind(b"\n", 0, at) + 1
            if at - begin > self._indent or text[begin:at].strip(b" \t"):
                return
        if self._pattern is None:
            self._pattern = re.compile(self.source)
        yield from _ends(self._pattern, text, at, self._pattern.match(text, at))

    def ends(self, text: bytes) -> list[int]:
        """Give where all matches end, overlapping ones too."""
        if self._pattern is None:
            self._pattern = re.compile(self._whole)
        out: list[int] = []
        fit = self._pattern.search(text)
        while fit:
            out += _ends(self._pattern, text, fit.start(), fit)
            fit = self._pattern.search(text, fit.start() + 1)
        return out


def _ends(
    pattern: re.Pattern[bytes], text: bytes, at: int, fit: re.Match[bytes] | None
) -> Iterator[int]:
    """Give the ends of matches that begin here: of the one found, and shorter ones."""
    while fit:
        yield fit.end()
        fit = pattern.match(text, at, fit.end() - 1)


def _has_heads(source: bytes) -> bool:
    try:
        return bool(heads(source))
    except ValueError:
        return False


_EITHER = re.compile(rb"\(\?:\^\|\[\^((?:\\.|[^\]\\])+)\]\)")
_LINE_START = re.compile(rb"\(\?:\^\|\\n\)(?:\[ \\t\]\{0,8\})?")
_INDENT = 8
_ONE_CLASS = re.compile(rb"(?:\[(?:\\.|[^\]\\])+\]|\\[dws])(?:\{\d\})?(?![*+?{])")
_OPTIONAL = re.compile(rb"[*+?{]")


def _looking_behind(anchor: bytes) -> bytes:
    """Begin with what can be found: an anchor's end is all that matters.

    `(?:^|[^a])b` becomes `(?<![a])b`, and `[ab]c` becomes `(?<=[ab])c`; where a line
    begins is looked at by itself.
    """
    if start := _LINE_START.match(anchor):
        return anchor[start.end() :]
    if either := _EITHER.match(anchor):
        return b"(?<![" + either[1] + b"])" + anchor[either.end() :]
    single = _ONE_CLASS.match(anchor)
    if single and not anchor.startswith(b"[^\\]"):
        return b"(?<=" + single[0] + b")" + anchor[single.end() :]
    return anchor


def heads(anchor: bytes) -> list[bytes]:
    """Give literals one of which every match begins with.

    Raises:
        ValueError: there are none, so the anchor needs another form in `loose`.
    """
    if _PLAIN.fullmatch(anchor):
        return [anchor]
    if anchor.startswith((b"(?<!", b"(?<=")):
        anchor = anchor[_group_end(anchor) :]
    out: list[bytes] = []
    for branch in _branches(anchor):
        head = b""
        rest = branch
        while literal := _HEAD_BYTE.match(rest):
            head += (
                bytes.fromhex(literal[2].decode()) if literal[2] else literal[1][-1:]
            )
            rest = rest[literal.end() :]
            if literal[3]:
                break
        if len(head) < SHORT_HEAD and rest.startswith(b"(?:"):
            end = _group_end(rest)
            if not _OPTIONAL.match(rest[end:]):
                inner = [each + rest[end:] for each in _branches(rest[3 : end - 1])]
                if not head or all(map(_has_heads, inner)):
                    out += [head + one for each in inner for one in heads(each)]
                    continue
        if not head:
            raise ValueError(anchor.decode())
        out.append(head)
    return list(dict.fromkeys(out))


_HEAD_BYTE = re.compile(
    rb"([^\\.^$*+?{}\[\]|()]|\\[^a-zA-Z0-9]|\\x([\da-f]{2}))(?:(\{1,)|(?![*+?{]))"
)


_UNITS = re.compile(CLOSED + rb"|[a-z0-9 ]")
_TOKENS = re.compile(CLOSED + rb"|[()|]")
_FLAT_GROUP = re.compile(rb"\([^()]*\)")


def _tokens(anchor: bytes) -> Iterator[tuple[int, bytes]]:
    for token in _TOKENS.finditer(anchor):
        yield token.start(), token[0]


def _group_end(anchor: bytes) -> int:
    """Say where the group that an anchor begins with ends."""
    depth = 0
    for at, token in _tokens(anchor):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if depth == 0:
            return at + 1
    return len(anchor)


def _branches(anchor: bytes) -> list[bytes]:
    """Split at the bars that are in no group."""
    if b"|" not in anchor:
        return [anchor]
    flat, more = _UNITS.sub(b"", anchor), 1
    while more:
        flat, more = _FLAT_GROUP.subn(b"", flat)
    if b"|" not in flat:
        return [anchor]
    depth = last = 0
    out = []
    for at, token in _tokens(anchor):
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if token == b"|" and depth == 0:
            out.append(anchor[last:at])
            last = at + 1
    return [*out, anchor[last:]]
