"""What a rule's expressions match around an anchor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casecli.scrub.pcre import Match
from casecli.scrub.rule import Exact, Expression, Rule

_NEAR = 256


def fits(rule: Rule, text: bytes, end: int) -> Iterator[tuple[Exact, Match]]:
    """Give what a rule's expressions match around an anchor's end, one by one."""
    low, lowered = max(0, end - rule.back), text.lower()
    keys: list[int] = []
    if rule.gate:
        found = _matches(rule.gate, text, lowered, low, end - 1, end)
        keys = [key.start() for key in found]
    for exact in rule.exacts:
        if exact.keyed and rule.gate and not keys:
            continue
        if exact.ends and text[end - 1] not in exact.ends:
            continue
        if exact.holds and text.find(exact.holds, end) < 0:
            continue
        if exact.lead and rule.gate:
            matches = _beginning(exact.pattern, text, keys, len(text))
        else:
            matches = _matches(exact.pattern, text, lowered, low, end, len(text))
        for match in matches:
            if match.end() >= end:
                yield exact, match


def _matches(
    expression: Expression, text: bytes, lowered: bytes, low: int, high: int, stop: int
) -> Iterator[Match]:
    """Give what begins from `low` to `high` and ends at `stop` at the latest."""
    if expression.fast is None:
        starts = expression.trail.starts(lowered, low, high)
        if starts is None and stop - high > max(_NEAR, 8 * (high - low)):
            starts = range(low, high + 1)  # a search would run over all of it
        if starts is not None:
            yield from _beginning(expression, text, starts, stop)
            return
    search = expression.compiled.search
    found = search(text, low, stop)
    while found and (at := found.start()) <= high:
        yield found
        found = search(text, at + 1, stop)


def _beginning(
    expression: Expression, text: bytes, starts: Iterable[int], stop: int
) -> Iterator[Match]:
    """Give what begins at these places and ends at `stop` at the latest."""
    match_at = expression.compiled.match
    for at in starts:
        if match := match_at(text, at, stop):
            yield match
