"""The engine that works everywhere: literals first, `re` only where they hit."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from casecli.scrub.anchors import SHORT_HEAD, Anchor, Shape, shape_of
from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.engine import Hits, Words
from casecli.scrub.rule import Rule

_LOWER = bytes(range(256)).lower()
_DIGITS_AS_0 = _LOWER.translate(DIGITS_AS_0)
_MOST_WORDS = 50_000
# Heads so common that to search for the whole anchor is faster than to try each.
_EVERYWHERE = frozenset(
    (b"0", b"00", b"000", b"0000", b"0.", b"0.0", b".", b":", b"-", b" ", b"00:00:00")
)
_WORDS = re.compile(rb"[a-z\x80-\xff]{2,}")


class StdlibEngine:
    """Works everywhere: literal searches first, `re` only where they hit.

    `shapes` is what another engine of these rules has written down.

    Anchors are matched against a lower-cased copy, mostly one where each digit is a 0:
    so they begin with a literal, which `bytes.find` finds far faster than `re` finds a
    class.
    """

    name = "stdlib"

    def __init__(self, rules: Sequence[Rule], shapes: bytes | None = None) -> None:
        self.rules = tuple(rules)
        self._shapes = _read(shapes) if shapes else {}
        places: dict[tuple[bytes, bool], list[int]] = {}
        for place, rule in enumerate(self.rules):
            for source in dict.fromkeys(rule.loose or rule.anchors):
                places.setdefault((source, not rule.digits), []).append(place)
        groups: dict[tuple[bool, bytes], list[Anchor]] = {}
        self._searched: list[Anchor] = []
        self._openings = [
            (place, frozenset(rule.openings))
            for place, rule in enumerate(self.rules)
            if rule.openings
        ]
        for key, where in places.items():
            shape = self._shapes.get(key)
            if shape is None:
                shape = self._shapes[key] = shape_of(key[0], alike=key[1])
            anchor = Anchor(shape, where)
            if not _EVERYWHERE.isdisjoint(shape.heads):
                self._searched.append(anchor)
                continue
            for head in shape.heads:
                groups.setdefault((anchor.zeros, head), []).append(anchor)
        self._longest = max(
            (max(map(len, each)) for _, each in self._openings), default=0
        )
        self._wordless: list[tuple[bool, bytes, _Group]] = []
        self._by_start: dict[bytes, list[tuple[bytes, _Found]]] = {}
        self._known: dict[bytes, tuple[tuple[_Found, ...], tuple[int, ...]]] = {}
        for (is_zeros, head), anchors in _under_shortest(groups):
            word = _longest_word(head)
            group = _Group(anchors)
            if word:
                found = -head.index(word), is_zeros, head, group
                starts = self._by_start.setdefault(word[:2], [])
                starts.append((word, found))
            else:
                self._wordless.append((is_zeros, head, group))

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:  # noqa: ARG002 - common
        """Give, by the place of the rule in `rules`, the ends of its anchors."""
        text = data if data.endswith(b"\n") else data + b"\n"
        low, zeros = text.translate(_LOWER), text.translate(_DIGITS_AS_0)
        found: dict[int, set[int]] = {}
        for anchor in self._searched:
            text = zeros if anchor.zeros else low
            if not any(head in text for head in anchor.heads):
                continue
            ends = anchor.ends(text)
            for place in anchor.places if ends else ():
                found.setdefault(place, set()).update(ends)
        for is_zeros, head, group in self._wordless:
            text = zeros if is_zeros else low
            at = text.find(head)
            while at >= 0:
                group.look(text, at, found)
                at = text.find(head, at + 1)
        self._look_at_words(low, zeros, found)
        return [(place, sorted(found[place])) for place in sorted(found)]

    def _look_at_words(
        self, low: bytes, zeros: bytes, found: dict[int, set[int]]
    ) -> None:
        """Add the ends of anchors that have a word in their head."""
        known = self._known
        for run in _WORDS.finditer(low):
            within, opened = known.get(run[0]) or self._within(run[0])
            for offset, is_zeros, head, group in within:
                at = run.start() + offset
                text = zeros if is_zeros else low
                if at >= 0 and text.startswith(head, at):
                    group.look(text, at, found)
            if opened and low.startswith(b" ", run.end()):
                for place in opened:
                    found.setdefault(place, set()).add(run.end() + 1)

    def shapes(self) -> bytes:
        """Write down how all anchors are looked for, which takes long to find out."""
        rows = [
            (
                _text(source),
                alike,
                *map(_text, shape[:2]),
                *shape[2:4],
                *map(_text, shape.heads),
            )
            for (source, alike), shape in self._shapes.items()
        ]
        return json.dumps(rows).encode()

    def words(self, words: Sequence[bytes]) -> Words | None:  # noqa: ARG002 - common
        """Give nothing."""
        return None

    def _within(self, run: bytes) -> tuple[tuple[_Found, ...], tuple[int, ...]]:
        """Say which heads a run of letters may be part of, and where they begin.

        Then the places of the rules that have a word it ends with among their openings.
        """
        out = []
        ends = [
            run[at:] for at in range(max(0, len(run) - self._longest), len(run) - 1)
        ]
        opened = [
            place for place, words in self._openings if not words.isdisjoint(ends)
        ]
        for at in range(len(run) - 1):
            for word, (offset, is_zeros, head, group) in self._by_start.get(
                run[at : at + 2], ()
            ):
                if run.startswith(word, at):
                    out.append((at + offset, is_zeros, head, group))
        if len(self._known) >= _MOST_WORDS:
            self._known.clear()
        self._known[run] = tuple(out), tuple(opened)
        return self._known[run]


def _text(data: bytes) -> str:
    return data.decode("latin-1")


def _read(shapes: bytes) -> dict[tuple[bytes, bool], Shape]:
    """Read what `StdlibEngine.shapes` wrote."""
    out = {}
    for anchor, alike, near, whole, zeros, indent, *heads in json.loads(shapes):
        source, *rest = (
            text.encode("latin-1") for text in (anchor, near, whole, *heads)
        )
        out[source, alike] = Shape(rest[0], rest[1], zeros, indent, tuple(rest[2:]))
    return out


class _Group:
    """The anchors with one head, and one expression that says whether any fits."""

    def __init__(self, anchors: list[Anchor]) -> None:
        self.anchors = anchors
        self._any: re.Pattern[bytes] | None = None

    def look(self, text: bytes, at: int, found: dict[int, set[int]]) -> None:
        """Add where the anchors that fit here end."""
        if self._any is None:
            sources = dict.fromkeys(anchor.source for anchor in self.anchors)
            self._any = re.compile(b"|".join(sources))
        if self._any.match(text, at) is None:
            return
        for anchor in self.anchors:
            for end in anchor.ends_at(text, at):
                for place in anchor.places:
                    found.setdefault(place, set()).add(end)


_Found = tuple[int, bool, bytes, _Group]


def _longest_word(head: bytes) -> bytes:
    return max(_WORDS.findall(head), key=len, default=b"")


def _under_shortest(
    groups: dict[tuple[bool, bytes], list[Anchor]],
) -> list[tuple[tuple[bool, bytes], list[Anchor]]]:
    """Search once for heads that begin alike: `pass` finds `password` as well."""
    kept: dict[tuple[bool, bytes], list[Anchor]] = {}
    for key in sorted(groups, key=lambda key: len(key[1])):
        zeros, head = key
        shorter = [(zeros, head[:size]) for size in range(SHORT_HEAD, len(head))]
        shorter = [] if zeros else shorter
        into = next((each for each in shorter if each in kept), key)
        known = kept.setdefault(into, [])
        known += [anchor for anchor in groups[key] if anchor not in known]
    return list(kept.items())
