"""From candidates to claims: which bytes of a text are replaced, and by which rule.

What a rule finds around an anchor is a function of a short slice of the line alone, so
outcomes are remembered: the same address after the same word is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.disguise import plain_view
from casecli.scrub.engine import Engine
from casecli.scrub.ruleset import Exact, Rule

# start, stop, the rule's place, and the plain form of a disguised value
Span = tuple[int, int, int, bytes]
Pair = tuple[int, int]

_MEMO = 8192
_LONGEST_REMEMBERED = 400
_CONTEXT = 40
_AFTER = 16


class Finder:
    """Finds the spans that an engine's rules accept."""

    def __init__(self, engine: Engine) -> None:
        self.rules = engine.rules
        self._engine = engine
        self._looks = [
            _RunLook(rule, place) if rule.run else _LineLook(rule, place)
            for place, rule in enumerate(engine.rules)
        ]

    def spans(self, data: bytes) -> list[Span]:
        """Find all spans that some rule accepts, sorted; they may overlap and repeat.

        Raises:
            ScrubRefused: a rule or the engine failed, so nothing can be vouched for.
        """
        found: list[Span] = []
        disguised: Sequence[int] = ()
        place = -1
        try:
            for place, ends in self._engine.hits(data):
                if self.rules[place].id == "disguise":
                    disguised = ends
                else:
                    self._looks[place].look(data, ends, found)
            if disguised:
                self._look_behind(data, disguised, found)
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
        return sorted(set(found))

    def _look_behind(self, data: bytes, ends: Sequence[int], found: list[Span]) -> None:
        """Look at disguised lines as a reader sees them, `bob%40x.org` as bob@x.org."""
        done = -1
        for end in ends:
            if end <= done:
                continue
            start = data.rfind(b"\n", max(0, end - 4096), end - 1) + 1
            start = start or max(0, end - 4096)
            done = data.find(b"\n", end, end + 16384)
            done = min(len(data), end + 16384) if done < 0 else done
            view, at = plain_view(data[start:done])
            for place, view_ends in self._engine.hits(view):
                if self.rules[place].id == "disguise":
                    continue
                seen: list[Span] = []
                self._looks[place].look(view, view_ends, seen)
                for low, high, which, _ in seen:
                    first, last = start + at[low], start + at[high]
                    if last - first != high - low:
                        found.append((first, last, which, view[low:high]))


class _RunLook:
    """Looks at all of the run of fitting bytes around an anchor."""

    def __init__(self, rule: Rule, place: int) -> None:
        self._rule = rule
        self._place = place
        self._memo: dict[bytes, tuple[Pair, ...]] = {}

    def look(self, data: bytes, ends: Iterable[int], found: list[Span]) -> None:
        """Add the spans around these anchors."""
        rule, memo, place = self._rule, self._memo, self._place
        classes = data.translate(rule.run)
        past, back, reach = rule.past, rule.back, rule.reach
        context, after = rule.context, rule.after
        rfind, find, size = classes.rfind, classes.find, len(data)
        done = -1
        for end in ends:
            if end <= done:
                continue
            end -= past  # noqa: PLW2901 - where the run may end at last
            low = rfind(b"\0", end - back if end > back else 0, end) + 1
            if not low and end > back:
                low = end - back
            high = find(b"\0", end, end + reach)
            if high < 0:
                high = min(size, end + reach)
            done = high
            start = low - context
            if start >= 0:
                key = data[start : high + after]
            else:
                key = b"\n" * -start + data[0 : high + after]
            spans = memo.get(key)
            if spans is None:
                if len(memo) >= _MEMO:
                    memo.clear()
                spans = memo[key] = self._spans(key, context, context + high - low)
            for first, last in spans:
                found.append((start + first, start + last, place, b""))

    def _spans(self, text: bytes, low: int, high: int) -> tuple[Pair, ...]:
        found = []
        for exact in self._rule.exacts:
            for match in exact.pattern.finditer(text, low):
                if match.start() > high:
                    break
                span = _accepted(self._rule, text, match)
                if span is not None:
                    found.append(span)
        return tuple(found)


class _LineLook:
    """Looks at the line around an anchor; a match must cover the anchor's end."""

    def __init__(self, rule: Rule, place: int) -> None:
        self._rule = rule
        self._place = place
        self._memo: dict[tuple[bytes, int], tuple[Pair, ...]] = {}

    def look(self, data: bytes, ends: Iterable[int], found: list[Span]) -> None:
        """Add the spans around these anchors."""
        rule, memo, place = self._rule, self._memo, self._place
        size = len(data)
        last_end = -1
        for end in ends:
            if end == last_end:
                continue
            last_end = end
            end -= rule.past  # noqa: PLW2901 - where the exact match may end at last
            start = max(0, end - rule.back - _CONTEXT)
            high = end + rule.reach
            if not rule.multiline:
                start = max(data.rfind(b"\n", start, end) + 1, start)
                eol = data.find(b"\n", end, high)
                high = eol if eol >= 0 else high
            high = min(high, size)
            text = data[start:high]
            key = text, end - start
            spans = memo.get(key)
            if spans is None:
                low = max(0, end - start - rule.back)
                spans = tuple(_line_spans(rule, text, low, end - start))
                if len(text) <= _LONGEST_REMEMBERED:
                    if len(memo) >= _MEMO:
                        memo.clear()
                    memo[key] = spans
            for first, last in spans:
                found.append((start + first, start + last, place, b""))


def _line_spans(rule: Rule, text: bytes, low: int, end: int) -> Iterable[Pair]:
    key = rule.gate.search(text, low, end) if rule.gate else None
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
            if match := exact.pattern.match(text, key.start()):
                yield match
            key = rule.gate.search(text, key.start() + 1, end)
        return
    found = exact.pattern.search(text, low)
    while found and found.start() <= end:
        yield found
        found = exact.pattern.search(text, found.start() + 1)


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
    rules: Sequence[Rule], data: bytes, found: list[Span], taken: Sequence[Pair]
) -> list[Claim]:
    """Settle who replaces which bytes; every byte of a span is covered by some claim.

    `found` is sorted. Better ranked rules first; of what they cut a span down to, the
    pieces that hold a letter or digit are claimed as fragments. Bytes `taken` are left.
    """
    out: list[Claim] = []
    both: list[Span] = found
    if taken:
        both = sorted((*found, *((start, stop, -1, b"") for start, stop in taken)))
    size = len(both)
    at = 0
    while at < size:
        start, stop, place, plain = both[at]
        near = at + 1
        while near < size and both[near][0] < stop:
            stop = max(stop, both[near][1])
            near += 1
        if near == at + 1:
            if place >= 0:
                out.append((start, stop, place, plain, True))
        else:
            out += _contested(rules, data, both[at:near], start, stop)
        at = near
    return out


def _contested(
    rules: Sequence[Rule], data: bytes, spans: list[Span], low: int, high: int
) -> list[Claim]:
    mask = bytearray(high - low)
    for start, stop, place, _ in spans:
        if place < 0:
            mask[start - low : stop - low] = b"\1" * (stop - start)
    wanted = [span for span in dict.fromkeys(spans) if span[2] >= 0]
    wanted.sort(key=lambda span: (rules[span[2]].rank, span[0], -span[1], span[2]))
    out: list[Claim] = []
    cut: list[Span] = []
    for span in wanted:
        start, stop, place, plain = span
        if mask.find(1, start - low, stop - low) >= 0:
            cut.append(span)
            continue
        mask[start - low : stop - low] = b"\1" * (stop - start)
        out.append((start, stop, place, plain, True))
    for start, stop, place, _ in cut:
        for first, last in _free(mask, data[low:high], start - low, stop - low):
            mask[first:last] = b"\1" * (last - first)
            out.append((low + first, low + last, place, b"", False))
    out.sort()
    return out


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
