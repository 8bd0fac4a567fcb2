"""From candidates to claims: which bytes of a text are replaced, and by which rule.

What a rule finds around an anchor is a function of a short slice of the line alone, so
outcomes are remembered: the same address after the same word is looked at once. Where
one digit is as good as another, slices differ in other bytes only.

A span is one whole number, `start << 34 | stop << 8 | place of its rule`: numbers are
made, sorted and compared several times faster than tuples, and there are thousands of
spans in a megabyte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.disguise import plain_view
from casecli.scrub.engine import Engine
from casecli.scrub.ruleset import DIGITS_AS_0, Exact, Rule

Pair = tuple[int, int]

START = 34
STOP = 8
PLACE = (1 << STOP) - 1
OFFSET = (1 << START - STOP) - 1
_SHIFT = (1 << START) + (1 << STOP)

_MEMO = 8192
_LONGEST_REMEMBERED = 400
_CONTEXT = 40
_AFTER = 16


class Found(NamedTuple):
    """Spans as sorted numbers, and the plain forms of those that are disguised."""

    spans: list[int]
    plain: dict[int, bytes]


class Finder:
    """Finds the spans that an engine's rules accept."""

    def __init__(self, engine: Engine) -> None:
        self.rules = engine.rules
        self._engine = engine
        self._looks = [
            _RunLook(rule, place) if rule.run else _LineLook(rule, place)
            for place, rule in enumerate(engine.rules)
        ]
        if len(self.rules) > PLACE:
            raise ScrubRefused(f"there are more than {PLACE} scrub rules")

    def spans(self, data: bytes) -> Found:
        """Find all spans that some rule accepts; they may overlap and repeat.

        Raises:
            ScrubRefused: a rule or the engine failed, so nothing can be vouched for.
        """
        found: list[int] = []
        plain: dict[int, bytes] = {}
        disguised: Sequence[int] = ()
        place = -1
        try:
            if len(data) >= OFFSET:
                raise ValueError(len(data))  # noqa: TRY301 - told as any failure is
            alike = data.translate(DIGITS_AS_0)
            for place, ends in self._engine.hits(data, alike):
                if self.rules[place].id == "disguise":
                    disguised = ends
                else:
                    self._looks[place].look(data, alike, ends, found)
            if disguised:
                plain = self._look_behind(data, disguised, found)
        except CaseError:
            raise
        except Exception as error:
            what = (
                f"scrub rule {self.rules[place].id!r}" if place >= 0 else "the engine"
            )
            raise ScrubRefused(
                f"{what} failed with {type(error).__name__}, so nothing leaves",
                "casecli doctor",
            ) from error
        return Found(sorted(set(found)), plain)

    def _look_behind(
        self, data: bytes, ends: Sequence[int], found: list[int]
    ) -> dict[int, bytes]:
        """Look at disguised lines as a reader sees them, `bob%40x.org` as bob@x.org."""
        done = -1
        plain: dict[int, bytes] = {}
        known = set(found)
        for end in ends:
            if end <= done:
                continue
            start = data.rfind(b"\n", max(0, end - 4096), end - 1) + 1
            start = start or max(0, end - 4096)
            done = data.find(b"\n", end, end + 16384)
            done = min(len(data), end + 16384) if done < 0 else done
            view, at = plain_view(data[start:done])
            alike = view.translate(DIGITS_AS_0)
            for place, view_ends in self._engine.hits(view, alike):
                if self.rules[place].id == "disguise":
                    continue
                seen: list[int] = []
                self._looks[place].look(view, alike, view_ends, seen)
                for low, high in map(bounds, seen):
                    first, last = start + at[low], start + at[high]
                    span = first << START | last << STOP | place
                    if last - first != high - low and span not in known:
                        known.add(span)
                        found.append(span)
                        plain[span] = view[low:high]
        return plain


def bounds(span: int) -> Pair:
    """Give where a span starts and stops."""
    return span >> START, span >> STOP & OFFSET


class _RunLook:
    """Looks at all of the run of fitting bytes around an anchor."""

    def __init__(self, rule: Rule, place: int) -> None:
        self._rule = rule
        self._place = place
        self._memo: dict[bytes, tuple[int, ...]] = {}

    def look(
        self, data: bytes, alike: bytes, ends: Iterable[int], found: list[int]
    ) -> None:
        """Add the spans around these anchors."""
        rule, memo, add = self._rule, self._memo, found.append
        run, past, back, reach = rule.run, rule.past, rule.back, rule.reach
        context, after = rule.context, rule.after
        inside = alike if rule.alike else data
        done = -1
        for end in ends:
            if end <= done:
                continue
            end -= past  # noqa: PLW2901 - where the run may end at last
            first = end - back if end > back else 0
            near = data[first : end + reach].translate(run)
            low = first + near.rfind(b"\0", 0, end - first) + 1
            done = near.find(b"\0", end - first)
            done = first + (len(near) if done < 0 else done)
            start = low - context
            key = alike[start:low] if start >= 0 else b"\n" * -start + alike[:low]
            key += inside[low:done] + alike[done : done + after]
            spans = memo.get(key)
            if spans is None:
                if len(memo) >= _MEMO:
                    memo.clear()
                spans = memo[key] = self._spans(key, context, context + done - low)
            for span in spans:
                add(start * _SHIFT + span)

    def _spans(self, text: bytes, low: int, high: int) -> tuple[int, ...]:
        found = []
        for exact in self._rule.exacts:
            for match in exact.pattern.compiled.finditer(text, low):
                if match.start() > high:
                    break
                span = _accepted(self._rule, text, match)
                if span is not None:
                    found.append(span[0] << START | span[1] << STOP | self._place)
        return tuple(found)


class _LineLook:
    """Looks at the line around an anchor; a match must cover the anchor's end."""

    def __init__(self, rule: Rule, place: int) -> None:
        self._rule = rule
        self._place = place
        self._memo: dict[tuple[bytes, int], tuple[int, ...]] = {}

    def look(
        self, data: bytes, alike: bytes, ends: Iterable[int], found: list[int]
    ) -> None:
        """Add the spans around these anchors."""
        rule, memo, add, place = self._rule, self._memo, found.append, self._place
        past, reach, back = rule.past, rule.reach, rule.back + _CONTEXT
        folded = rule.alike
        source = alike if folded else data
        one_line = not rule.multiline
        last_end = -1
        for end in ends:
            if end == last_end:
                continue
            last_end = end
            end -= past  # noqa: PLW2901 - where the exact match may end at last
            start = end - back if end > back else 0
            high = end + reach
            if one_line:
                start = data.rfind(b"\n", start, end) + 1 or start
                eol = data.find(b"\n", end, high)
                high = eol if eol >= 0 else high
            text = source[start:high]
            if folded and (b"%" in text or b"#" in text or b"\\" in text):
                text = data[start:high]  # escapes are written with digits of their own
            key = text, end - start
            spans = memo.get(key)
            if spans is None:
                low = max(0, end - start - rule.back)
                spans = tuple(
                    first << START | last << STOP | place
                    for first, last in _line_spans(rule, text, low, end - start)
                )
                if len(text) <= _LONGEST_REMEMBERED:
                    if len(memo) >= _MEMO:
                        memo.clear()
                    memo[key] = spans
            for span in spans:
                add(start * _SHIFT + span)


def _line_spans(rule: Rule, text: bytes, low: int, end: int) -> Iterable[Pair]:
    key = rule.gate.compiled.search(text, low, end) if rule.gate else None
    for exact in rule.exacts:
        if exact.keyed and rule.gate and not key:
            continue
        if exact.ends and text[end - 1] not in exact.ends:
            continue
        if exact.holds and text.find(exact.holds, end) < 0:
            continue
        for match in _matches(rule, exact, text, low, end, key):
            if match.end() >= end and (span := _accepted(rule, text, match)):
                yield span
                break


def _matches(
    rule: Rule,
    exact: Exact,
    text: bytes,
    low: int,
    end: int,
    key: re.Match[bytes] | None,
) -> Iterable[re.Match[bytes]]:
    if exact.lead and rule.gate:
        while key:
            if match := exact.pattern.compiled.match(text, key.start()):
                yield match
            key = rule.gate.compiled.search(text, key.start() + 1, end)
        return
    found = exact.pattern.compiled.search(text, low)
    while found and found.start() <= end:
        yield found
        found = exact.pattern.compiled.search(text, found.start() + 1)


def _accepted(rule: Rule, text: bytes, match: re.Match[bytes]) -> Pair | None:
    start, stop = match.span("value")
    if start >= stop:
        return None
    start, stop = _on_characters(text, start, stop)
    before = text[max(0, start - _CONTEXT) : start]
    before = before[before.rfind(b"\n") + 1 :]
    after = text[stop : stop + _AFTER]
    return (start, stop) if rule.accepts(text[start:stop], before, after) else None


def _on_characters(data: bytes, start: int, stop: int) -> Pair:
    """Widen a span so that it splits no UTF-8 character."""
    while start and 0x80 <= data[start] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        start -= 1
    while stop < len(data) and 0x80 <= data[stop] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        stop += 1
    return start, stop


# --- who takes what ------------------------------------------------------------------

# start, stop, the rule's place, the plain form, and whether it is a whole span
Claim = tuple[int, int, int, bytes, bool]


def claims(
    rules: Sequence[Rule], data: bytes, found: Found, taken: Sequence[Pair]
) -> Iterator[Claim]:
    """Settle who replaces which bytes; every byte of a span is covered by some claim.

    Better ranked rules first; of what they cut a span down to, the pieces that hold a
    letter or digit are claimed as fragments. Bytes `taken` are left.
    """
    spans, plain = found
    if taken:
        spans = sorted([*spans, *(a << START | b << STOP | PLACE for a, b in taken)])
    size = len(spans)
    at = 0
    while at < size:
        span = spans[at]
        start, stop = span >> START, span >> STOP & OFFSET
        near = at + 1
        while near < size and spans[near] >> START < stop:
            end = spans[near] >> STOP & OFFSET
            stop = max(end, stop)
            near += 1
        if near > at + 1 and spans[near - 1] != span:
            yield from _contested(rules, data, spans[at:near], plain, start, stop)
        elif span & PLACE != PLACE:
            form = plain.get(span, b"") if plain else b""
            yield start, stop, span & PLACE, form, True
        at = near


def _contested(
    rules: Sequence[Rule],
    data: bytes,
    spans: list[int],
    plain: dict[int, bytes],
    low: int,
    high: int,
) -> Iterator[Claim]:
    mask = bytearray(high - low)
    wanted = []
    for span in dict.fromkeys(spans):
        start, stop = bounds(span)
        place = span & PLACE
        if place == PLACE:
            mask[start - low : stop - low] = b"\1" * (stop - start)
        else:
            wanted.append((rules[place].rank, start, -stop, place))
    wanted.sort()
    out: list[Claim] = []
    cut: list[tuple[int, int, int]] = []
    for _, start, end, place in wanted:
        stop = -end
        if mask.find(1, start - low, stop - low) >= 0:
            cut.append((start, stop, place))
            continue
        mask[start - low : stop - low] = b"\1" * (stop - start)
        form = plain.get(start << START | stop << STOP | place, b"")
        out.append((start, stop, place, form, True))
    for start, stop, place in cut:
        for first, last in _free(mask, data[low:high], start - low, stop - low):
            mask[first:last] = b"\1" * (last - first)
            out.append((low + first, low + last, place, b"", False))
    out.sort()
    return iter(out)


_EDGES = bytes(byte for byte in range(128) if not chr(byte).isalnum())


def _free(mask: bytearray, data: bytes, start: int, stop: int) -> Iterable[Pair]:
    at = mask.find(0, start, stop)
    while at >= 0:
        end = mask.find(1, at, stop)
        end = stop if end < 0 else end
        piece = data[at:end]
        first = at + len(piece) - len(piece.lstrip(_EDGES))
        last = at + len(piece.rstrip(_EDGES))
        if first < last:
            yield first, last
        at = mask.find(0, end, stop)
