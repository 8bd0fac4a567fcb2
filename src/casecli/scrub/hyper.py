"""The engine that looks for all anchors at once: the door to the hyperscan library."""

from __future__ import annotations

import functools
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.engine import Hits, Words
from casecli.scrub.kept import kept_any, kept_as
from casecli.scrub.rule import Rule, literal

_ENDING = "hs"


class NotCompiled(LookupError):
    """The expressions are not there compiled."""


class HyperscanEngine:
    """Looks for all anchors at once; needs the hyperscan library.

    Anchors that tell digits apart are few, and looked for by themselves. The compiled
    expressions may be kept in the folder `cache`, under a name that holds the digest of
    all that went into them; to compile them takes seconds.

    Raises:
        NotCompiled: they are not kept, and what is there `at_once` is wanted.
    """

    name = "hyperscan"

    def __init__(
        self, rules: Sequence[Rule], cache: Path | None = None, *, at_once: bool = False
    ) -> None:
        if at_once and not kept_any(cache, _ENDING):
            raise NotCompiled
        self.rules = tuple(rules)
        alike = [rule for rule in enumerate(rules) if not rule[1].digits]
        exact = [rule for rule in enumerate(rules) if rule[1].digits]
        self._alike = _Database(alike, cache, at_once=at_once)
        self._exact = _Database(exact, cache, at_once=at_once)

    def hits(self, data: bytes, alike: bytes | None = None) -> Hits:
        """Give, by the place of the rule in `rules`, the ends of its anchors."""
        ends: defaultdict[int, list[int]] = defaultdict(list)
        if self._alike:
            self._alike.scan(
                data.translate(DIGITS_AS_0) if alike is None else alike, ends
            )
        if self._exact:
            self._exact.scan(data, ends)
        return [(place, sorted(ends[place])) for place in sorted(ends)]

    def words(self, words: Sequence[bytes]) -> Words | None:
        """Give what finds many words fast."""
        import hyperscan

        if not words:
            return None
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_CASELESS
        database.compile(expressions=list(words), flags=flags, literal=True)

        def find(data: bytes) -> list[int]:
            found: list[int] = []
            add = found.append

            def hit(_: int, _start: int, end: int, _flags: int, _about: object) -> None:
                add(end)

            database.scan(data, match_event_handler=hit)
            return found

        return find


class _Database:
    """The compiled anchors of some of the rules; one anchor may be that of several."""

    def __init__(
        self, rules: Sequence[tuple[int, Rule]], cache: Path | None, *, at_once: bool
    ) -> None:
        import importlib.metadata

        import hyperscan

        places: dict[bytes, tuple[int, ...]] = {}
        for place, rule in rules:
            for anchor in rule.anchors:
                if place not in places.get(anchor, ()):
                    places[anchor] = (*places.get(anchor, ()), place)
        # By the number that the engine reports: the places of rules.
        self._places = list(dict.fromkeys(places.values()))
        numbers = {group: number for number, group in enumerate(self._places)}
        pairs = [(numbers[group], anchor) for anchor, group in places.items()]
        # Each opening gets a number of its own: to compile ten thousand literals that
        # report one number takes minutes, where this takes seconds.
        for place, rule in rules:
            for word in rule.openings:
                pairs.append((len(self._places), literal(word) + b" "))
                self._places.append((place,))
        self._local = threading.local()
        self._database: Any = None
        if not pairs:
            return
        made_of = tuple(pairs)
        about = importlib.metadata.version("hyperscan"), made_of
        kept = kept_as(cache, _ENDING, about)
        data = kept.load()
        if data is None and at_once:
            raise NotCompiled
        if data is None:
            data = _compiled(made_of)
            kept.save(data)
        self._database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return self._database is not None

    def scan(self, data: bytes, ends: defaultdict[int, list[int]]) -> None:
        """Add the ends of anchors to those of their rules."""
        found: list[tuple[int, int]] = []
        add = found.append

        def hit(number: int, _start: int, end: int, _flags: int, _: object) -> None:
            add((number, end))

        text = data if data.endswith(b"\n") else data + b"\n"
        scratch = self._scratch()
        self._database.scan(text, match_event_handler=hit, scratch=scratch)
        for number, end in found:
            for place in self._places[number]:
                ends[place].append(end)

    def _scratch(self) -> Any:
        """Give this thread's own space to work in: it serves one scan at a time."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            import hyperscan

            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


@functools.lru_cache(4)
def _compiled(pairs: tuple[tuple[int, bytes], ...]) -> bytes:
    """Compile anchors, each with the number of its group: seconds, for all of them."""
    import hyperscan

    made = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    made.compile(
        expressions=[anchor for _, anchor in pairs],
        ids=[group for group, _ in pairs],
        flags=hyperscan.HS_FLAG_CASELESS,
    )
    return bytes(hyperscan.dumpb(made))
