"""Look for anchors that the fast engine loses in the company of all others.

`python benchmarks/scrub_anchors.py [COUNT] [SEED]` makes COUNT texts for each anchor:
one that the anchor fits, behind one that another anchor fits. Where `re` finds the
anchor's end and hyperscan, with all anchors compiled together, does not, the anchor is
printed with the text; it is to be written another way then, for what it anchors could
leave.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from re import _constants as kinds  # type: ignore[attr-defined] # no public way
from re import _parser as parser  # type: ignore[attr-defined] # as above
from typing import Any

from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.disguise import RULE as DISGUISE
from casecli.scrub.hyper import HyperscanEngine
from casecli.scrub.rule import Rule
from casecli.scrub.ruleset import load

DICE = random.Random()  # noqa: S311 (makes texts, no secrets)
BEFORE = (
    b"", b"\n", b'0.96.12.160","', b"00:00:00.000 [x] ", b'{"a":"b","user":"x ',
    b"user: 000 ", b"0000-00-00 00:00:00 client: it is 00 ", b"password for ",
)  # fmt: skip
BETWEEN = (b"", b" ", b", ", b": ")
BEHIND = (b"", b"x", b" ", b'"')
LETTERS = frozenset(b"abcxyz000_-., :=\"'/\\[](){}<>@\n")
CLASSES = {
    kinds.CATEGORY_DIGIT: b"0",
    kinds.CATEGORY_WORD: b"ab0_z",
    kinds.CATEGORY_SPACE: b" \t",
    kinds.CATEGORY_NOT_SPACE: b"abz0-.=/",
    kinds.CATEGORY_NOT_DIGIT: b"ab- ",
    kinds.CATEGORY_NOT_WORD: b" -:=",
}
ALL_OF = {
    kinds.CATEGORY_SPACE: b" \t\r\n\x0b\x0c",
    kinds.CATEGORY_DIGIT: b"0123456789",
    kinds.CATEGORY_WORD: bytes(n for n in range(128) if chr(n).isalnum()) + b"_",
}


def fitting(parts: Iterable[tuple[Any, Any]]) -> bytes:
    """Make a text that a parsed expression is likely to fit."""
    return b"".join(fitting_part(what, about) for what, about in parts)


def fitting_part(what: Any, about: Any) -> bytes:
    """Make a text for one part of an expression."""
    if what is kinds.LITERAL:
        return bytes([about])
    if what is kinds.NOT_LITERAL:
        return bytes([DICE.choice(sorted(LETTERS - {about}))])
    if what is kinds.IN:
        return bytes([one_of(about)])
    if what is kinds.BRANCH:
        return fitting(DICE.choice(about[1]))
    if what is kinds.SUBPATTERN:
        return fitting(about[3])
    if what in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, part = about
        count = DICE.randint(least, min(int(most), least + DICE.choice((1, 6, 20))))
        return b"".join(fitting(part) for _ in range(count))
    return b"a" if what is kinds.ANY else b""


def one_of(items: Iterable[tuple[Any, Any]]) -> int:
    """Choose a letter of a class, one that prints if there is any."""
    first, *rest = items
    denied = first[0] is kinds.NEGATE
    chosen: set[int] = set()
    for what, about in rest if denied else (first, *rest):
        if what is kinds.LITERAL:
            chosen.add(about)
        elif what is kinds.RANGE:
            chosen.update(range(about[0], about[1] + 1))
        else:
            chosen.update(ALL_OF.get(about, b"") if denied else CLASSES[about])
    if denied:
        chosen = set(LETTERS - chosen or set(range(33, 127)) - chosen)
    prints = [letter for letter in chosen if 32 <= letter < 127]
    return DICE.choice(sorted(prints or chosen))


def lost(rules: Sequence[Rule], count: int) -> Iterator[tuple[bytes, bytes] | None]:
    """Give None for each text in which an anchor was found, else both."""
    engine = HyperscanEngine(rules)
    places: dict[tuple[bytes, bool], list[int]] = {}
    for place, rule in enumerate(rules):
        for anchor in rule.anchors:
            places.setdefault((anchor, rule.digits), []).append(place)
    trees = {anchor: parser.parse(anchor) for anchor, _ in places}
    others = list(trees.values())
    for (anchor, digits), where in places.items():
        fits = re.compile(anchor)
        for _ in range(count):
            before = DICE.choice((*BEFORE, *[fitting(DICE.choice(others))] * 8))
            text = DICE.choice(BEFORE) + before + DICE.choice(BETWEEN)
            text += fitting(trees[anchor]) + DICE.choice(BEHIND) + b"\n"
            text = text.lower() if digits else text.lower().translate(DIGITS_AS_0)
            ends = {match.end() for match in fits.finditer(text)}
            if ends:
                hits = dict(engine.hits(text))
                found = all(ends <= set(hits.get(place, ())) for place in where)
                yield None if found else (anchor, text)


def main() -> None:
    """Print each anchor that was lost, how often, and once where."""
    asked = [int(each) for each in sys.argv[1:3]]
    count, seed = (*asked, *(20, 1)[len(asked) :])
    DICE.seed(seed)
    begun, texts = time.monotonic(), 0
    times: Counter[bytes] = Counter()
    seen: dict[bytes, bytes] = {}
    rules = load().rules
    wide = tuple(rule for rule in rules if rule.multiline or rule.digits)
    close = tuple(rule for rule in rules if not (rule.multiline or rule.digits))
    for group in ((*close, DISGUISE), wide):
        for loss in lost(group, count):
            texts += 1
            if loss is not None:
                times[loss[0]] += 1
                seen[loss[0]] = loss[1]
    for anchor, often in times.most_common():
        print(f"{often} times {anchor!r}\n  {seen[anchor]!r}")
    print(f"{texts} texts, {len(times)} anchors lost, {time.monotonic() - begun:.0f} s")
    sys.exit(bool(times))


if __name__ == "__main__":
    main()
