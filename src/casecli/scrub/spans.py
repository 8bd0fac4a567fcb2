"""From candidates to claims: which bytes of a text are replaced, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.digits_alike import DIGITS_AS_0
from casecli.scrub.disguise import RULE as DISGUISE
from casecli.scrub.disguise import plain_view
from casecli.scrub.engine import Engine
from casecli.scrub.lines import LineFinder, Lines, all_lines
from casecli.scrub.looks import (
    OFFSET,
    PLACE,
    START,
    STOP,
    LineLook,
    Pair,
    Plan,
    bounds,
    look_of,
)
from casecli.scrub.rule import Rule


class Found(NamedTuple):
    """Spans as sorted numbers, and the plain forms of those that are disguised."""

    spans: list[int]
    plain: dict[int, bytes]


class Finder:
    """Finds the spans that rules accept, with engines made for some rules each.

    Rules that look beyond a line, or whose anchors tell digits apart, see the whole
    text; the others see it line by line.
    """

    def __init__(
        self, rules: Sequence[Rule], engine: Callable[[tuple[Rule, ...]], Engine]
    ) -> None:
        self.rules = tuple(rules)
        if len(self.rules) > PLACE:
            raise ScrubRefused(f"there are more than {PLACE} scrub rules")
        wide: list[int] = []
        close: list[int] = []
        for place, rule in enumerate(self.rules):
            (wide if rule.multiline or rule.digits else close).append(place)
        self._lines = LineFinder(
            engine((*(self.rules[place] for place in close), DISGUISE)),
            [look_of(self.rules[place], place) for place in close],
        )
        self._texts = engine(tuple(self.rules[place] for place in wide))
        self._wide = [LineLook(self.rules[place], place) for place in wide]

    def spans(self, data: bytes) -> Found:
        """Find all spans that some rule accepts; they may overlap.

        Raises:
            ScrubRefused: a rule or the engine failed, so nothing can be vouched for.
        """
        found, plain = self.within_lines(data)
        beyond = self.beyond_lines(data)
        return Found(sorted({*found, *beyond}) if beyond else found, plain)

    def within_lines(self, data: bytes) -> Found:
        """Find what rules that look at one line accept, each line by itself.

        Raises:
            ScrubRefused: a rule or the engine failed.
        """
        with _failing_closed():
            if len(data) >= OFFSET:
                raise ValueError(len(data))
            found, disguised = self._lines.spans(data)
            plain = self._look_behind(data, disguised, found) if disguised else {}
        return Found(found, plain)

    def beyond_lines(self, data: bytes, alike: bytes | None = None) -> list[int]:
        """Find what the other rules accept; `alike` is the text with 0 for every digit.

        Raises:
            ScrubRefused: a rule or the engine failed.
        """
        found: list[int] = []
        with _failing_closed():
            for place, ends in self._texts.hits(data, alike):
                self._wide[place].look(data, ends, found)
        return found

    def lines(self, data: bytes) -> Lines | None:
        """Give the lines that something may be found in: all of them.

        None where rules that look beyond lines find something.

        Raises:
            ScrubRefused: a rule or the engine failed.
        """
        alike = data.translate(DIGITS_AS_0)
        return None if self.beyond_lines(data, alike) else all_lines(alike)

    def plans(self, kinds: Sequence[bytes]) -> list[Plan | None]:
        """Give plans for folded lines, None where no line rule finds anything.

        Raises:
            ScrubRefused: a rule or the engine failed.
        """
        with _failing_closed():
            return self._lines.plans(kinds)

    def _look_behind(
        self, data: bytes, ends: Sequence[int], found: list[int]
    ) -> dict[int, bytes]:
        """Look at disguised lines as a reader sees them, `bob%40x.org` as bob@x.org."""
        done = -1
        plain: dict[int, bytes] = {}
        known = set(found)
        fresh: set[int] = set()
        for end in ends:
            if end <= done:
                continue
            start = data.rfind(b"\n", max(0, end - 4096), end - 1) + 1
            start = start or max(0, end - 4096)
            done = data.find(b"\n", end, end + 16384)
            done = min(len(data), end + 16384) if done < 0 else done
            line = data[start:done]
            view, at = plain_view(line)
            if view == line:
                continue
            for span in (*self._lines.spans(view)[0], *self.beyond_lines(view)):
                low, high = bounds(span)
                first, last = start + at[low], start + at[high]
                here = first << START | last << STOP | span & PLACE
                if here not in known:
                    fresh.add(here)
                if last - first != high - low:
                    plain.setdefault(here, view[low:high])
        found[:] = sorted(known | fresh)
        return plain


@contextmanager
def _failing_closed() -> Iterator[None]:
    """Refuse for what an engine raises; rules are named where they are run."""
    try:
        yield
    except CaseError:
        raise
    except Exception as error:
        raise ScrubRefused(
            f"the engine failed with {type(error).__name__}, so nothing leaves",
            "casecli doctor",
        ) from error


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
