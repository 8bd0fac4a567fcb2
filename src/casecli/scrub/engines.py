"""Choosing an engine, and trying it on what it must not miss before anything leaves."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

from casecli.domain.errors import ScrubRefused
from casecli.scrub.engine import Engine
from casecli.scrub.kept import kept_as, stamp
from casecli.scrub.rule import Rule
from casecli.scrub.rule_lint import marked
from casecli.scrub.stdlib import StdlibEngine


def choose(
    rules: Sequence[Rule],
    name: str = "",
    cache: Path | None = None,
    *,
    at_once: bool = False,
) -> Engine:
    """Make the fastest engine there is, or the one named, and try it on canaries.

    `at_once` is the fastest of those that start without compiling anything for seconds.

    Raises:
        ScrubRefused: an engine missed a rule's own example.
    """
    if name != StdlibEngine.name:
        from casecli.scrub.hyper import HyperscanEngine, NotCompiled

        try:
            engine = HyperscanEngine(rules, cache, at_once=at_once and not name)
        except (ImportError, NotCompiled):
            if name:
                raise
        else:
            _sing(engine)
            return engine
    return _proven_stdlib(tuple(rules), cache)


def _proven_stdlib(rules: tuple[Rule, ...], cache: Path | None) -> Engine:
    """Make the standard library's engine; try it unless the very same one passed.

    The song has every anchor compiled, which takes longer than a comment takes; what
    passed is kept, so that it need not be prepared again either.
    """
    about = [
        (rule.id, rule.anchors, rule.openings, rule.loose, rule.examples)
        for rule in rules
    ]
    code = stamp("stdlib.py", "anchors.py")
    kept = kept_as(cache, "ok", (sys.version, code, about))
    shapes = kept.load()
    engine = _stdlib(rules, shapes)
    if shapes is None:
        _sing(engine)
        kept.save(engine.shapes())
    return engine


@functools.lru_cache(8)
def _stdlib(rules: tuple[Rule, ...], shapes: bytes | None) -> StdlibEngine:
    """Make an engine once: what it compiles on the way is worth keeping."""
    return StdlibEngine(rules, shapes)


def _sing(engine: Engine) -> None:
    """Let each rule find the first of its examples, all in one text."""
    text = b"\n"
    where: list[tuple[int, int, Rule]] = []
    for place, rule in enumerate(engine.rules):
        if rule.examples:
            example, _ = marked(rule.examples[0])
            where.append((place, len(text), rule))
            text += example + b"\n"
    found = dict(engine.hits(text))
    ends = [start for _, start, _ in where] + [len(text)]
    for (place, start, rule), end in zip(where, ends[1:], strict=True):
        if not any(start <= hit <= end for hit in found.get(place, ())):
            raise ScrubRefused(
                f"the {engine.name} engine misses what scrub rule {rule.id!r} is for, "
                "so nothing leaves",
                "casecli doctor",
            )
