"""Searching for what was learned: thousands of literals at once, by their words.

A literal is found where it stands by itself, in what the rules left. It is looked for
as rules look: line by line, and once for each kind of line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.engine import Engine, Words
from casecli.scrub.learned import KINDS
from casecli.scrub.lines import Lines, all_lines
from casecli.scrub.looks import SHIFT, START, STOP, Plan, Run, Spans
from casecli.scrub.rule import Rule
from casecli.scrub.spans import Found

_WORDS = re.compile(rb"[\w\x80-\xff]+")
_LARGE = 64 * 1024  # worth compiling words for
_FEW = 100  # words that are quicker to look for one by one
_IN_A_WORD = bytes(
    byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")  # noqa: PLR2004 - ASCII ends
    for byte in range(256)
)
_SPACED = bytes(byte if _IN_A_WORD[byte] else ord(" ") for byte in range(256))
_RULES = tuple(
    Rule(id=f"learned-{kind}", type=kind, anchors=(), exacts=()) for kind in KINDS
)
_Entry = tuple[bytes, int, int, bool]  # a literal, where its word is, kind, any case


class _Alike:
    """Literals that differ in digits only."""

    def __init__(self, place: int, *, folded: bool) -> None:
        self.literals: set[bytes] = set()
        self._place, self._folded = place, folded

    def spans(self, text: bytes) -> Spans:
        """Say whether a text is one of them."""
        known = (text.lower() if self._folded else text) in self.literals
        return (len(text) << STOP | self._place,) if known else ()


class Literals:
    """Values to search for; finds as a `Finder` does."""

    rules = _RULES

    def __init__(self, values: Mapping[bytes, str], engine: Engine) -> None:
        self._literals = [*{key.removeprefix(b"\0") for key in values}]
        self._by_word: dict[bytes, list[_Entry]] = {}
        self._alike: dict[bytes, dict[_Entry, _Alike]] = {}
        for key, kind in values.items():
            folded = key.startswith(b"\0")
            literal = key.removeprefix(b"\0")
            spaced = literal.lower().translate(_SPACED)
            rarest = max(spaced.split(), key=len)
            place = KINDS.index(kind)
            entry = literal, spaced.find(rarest), place, folded
            self._by_word.setdefault(rarest, []).append(entry)
            alike = literal.translate(DIGITS_AS_0), *entry[1:]
            same = self._alike.setdefault(rarest.translate(DIGITS_AS_0), {})
            same.setdefault(alike, _Alike(place, folded=folded)).literals.add(literal)
        self._engine = engine
        self._words: Words | None = None

    def spans(self, data: bytes) -> Found:
        """Find all that stand by themselves; they may overlap."""
        found: set[int] = set()
        lowered = data.lower()
        for word, at in self._places(lowered):
            for literal, offset, place, folded in self._by_word[word]:
                start, stop = at - offset, at - offset + len(literal)
                text = lowered if folded else data
                here = start >= 0 and text.startswith(literal, start)
                if here and _stands_alone(data, start, stop):
                    found.add(start << START | stop << STOP | place)
        return Found(sorted(found), {})

    within_lines = spans

    def beyond_lines(self, data: bytes) -> list[int]:  # noqa: ARG002 - as a `Finder`
        """Give nothing: no literal has a line's end in it."""
        return []

    def plans(self, kinds: Sequence[bytes]) -> list[Plan | None]:
        """Give plans for folded lines, None where none of these can be."""
        return [self._plan(kind) for kind in kinds]

    def lines(self, data: bytes) -> Lines:
        """Give the lines that may hold any, folded."""
        if len(data) >= _LARGE and self._words is None:
            self._words = self._engine.words(self._literals)
        if self._words is None:
            return all_lines(data.translate(DIGITS_AS_0))
        kinds: list[bytes] = []
        begins: list[int] = []
        done = -1
        for end in sorted(self._words(data)):
            if end <= done:
                continue
            begin = data.rfind(b"\n", 0, end - 1) + 1
            done = data.find(b"\n", end)
            done = len(data) if done < 0 else done
            kinds.append(data[begin:done].translate(DIGITS_AS_0))
            begins.append(begin)
        steps = [begin - before - 1 for before, begin in pairwise([-1, *begins])]
        return Lines(kinds, steps, None)

    def _plan(self, kind: bytes) -> Plan | None:
        lowered = kind.lower()
        fixed: set[int] = set()
        runs: list[Run] = []
        for word in self._alike.keys() & lowered.translate(_SPACED).split():
            for (literal, _, place, folded), alike in self._alike[word].items():
                text = lowered if folded else kind
                at = text.find(literal)
                while at >= 0:
                    stop = at + len(literal)
                    if _stands_alone(kind, at, stop):
                        if b"0" in literal:
                            shift = at * SHIFT
                            runs.append(Run(alike, at, stop, b"", b"", shift))
                        else:
                            fixed.add(at << START | stop << STOP | place)
                    at = text.find(literal, at + 1)
        if not fixed and not runs:
            return None
        return Plan(tuple(sorted(fixed)), tuple(runs), (), ())

    def _places(self, lowered: bytes) -> Iterator[tuple[bytes, int]]:
        """Find the words that literals are known by.

        Every literal begins and ends with a word, so its longest one is a word here.
        """
        present = self._by_word.keys() & lowered.translate(_SPACED).split()
        if len(present) > _FEW:
            for match in _WORDS.finditer(lowered):
                if match[0] in present:
                    yield match[0], match.start()
            return
        for word in present:
            at = lowered.find(word)
            while at >= 0:
                yield word, at
                at = lowered.find(word, at + len(word))


def _stands_alone(data: bytes, start: int, stop: int) -> bool:
    before, after = data[start - 1 : start] if start else b"", data[stop : stop + 2]
    if before and _IN_A_WORD[before[0]] and _IN_A_WORD[data[start]]:
        return False
    if after and _IN_A_WORD[after[0]]:
        return False
    value = data[start:stop]
    if value.isalpha():  # may be a part of a longer name, or of a program
        if before in {b"-", b"$", b"%", b"."} or after[:1] in {b"(", b"-", b"="}:
            return False
        return after != b"::" and not _goes_on(after)
    if not any(byte >= 65 for byte in value):  # noqa: PLR2004 - no letters
        return before not in {b".", b"-", b"+", b":", b","} and not _goes_on(after)
    return True


def _goes_on(after: bytes) -> bool:
    """Tell whether a part of the same name or number follows."""
    return len(after) > 1 and after[:1] in b".:-," and _IN_A_WORD[after[1]] == 1
