"""Looking closely: what a rule's exact expressions accept around its anchors.

Outcomes are remembered: the same address after the same word is looked at once. A span
is one whole number, `start << 36 | stop << 10 | place of its rule`: numbers are made,
sorted and compared several times faster than tuples, and there are thousands of spans
in a megabyte. To move one by n bytes is to add `n * SHIFT`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.digits_alike import with_digits_alike
from casecli.scrub.matching import fits
from casecli.scrub.pcre import Match
from casecli.scrub.rule import Exact, Rule

Pair = tuple[int, int]
Spans = tuple[int, ...]

START = 36
STOP = 10
PLACE = (1 << STOP) - 1
OFFSET = (1 << START - STOP) - 1
SHIFT = (1 << START) + (1 << STOP)

_MEMO = 8192
_LONGEST_REMEMBERED = 400
_CONTEXT = 40
_AFTER = 16
_ESCAPES = (b"%", b"#", b"\\")  # they are written with digits of their own
_CROWD = 24
_NEAR = 256


def bounds(span: int) -> Pair:
    """Give where a span starts and stops."""
    return span >> START, span >> STOP & OFFSET


class Spotter(Protocol):
    """Finds spans in a text of its own, the context of a run included."""

    def spans(self, text: bytes) -> Spans:
        """Give the spans, counted from the beginning of the text."""
        ...


class Run(NamedTuple):
    """A run of bytes to look at: `line[low:high]` between what is always around it.

    What is found in it moves by `shift`.
    """

    look: Spotter
    low: int
    high: int
    before: bytes
    after: bytes
    shift: int

    def spans(self, line: bytes) -> Iterator[int]:
        """Find spans in a line of the kind, counted from the line's beginning."""
        text = self.before + line[self.low : self.high] + self.after
        return (self.shift + span for span in self.look.spans(text))


class Stretch(NamedTuple):
    """A stretch of a line to look at, with an anchor that ends `end` bytes into it."""

    look: LineLook
    low: int
    high: int
    end: int

    def spans(self, line: bytes) -> Iterator[int]:
        """Find spans in a line of the kind, counted from the line's beginning."""
        found = self.look.spans(line[self.low : self.high], self.end)
        return (self.low * SHIFT + span for span in found)


class Plan(NamedTuple):
    """What to do with a line that is like one seen before, but for its digits.

    Places count from its beginning. `fixed` are spans that digits have no part in;
    `disguises` is where what reads otherwise than it is written may end.
    """

    fixed: tuple[int, ...]
    runs: tuple[Run, ...]
    stretches: tuple[Stretch, ...]
    disguises: tuple[int, ...]


@dataclass(slots=True)
class Draft:
    """A plan that is being made; a `thorough` one costs more, and less to follow."""

    thorough: bool
    fixed: list[int] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    disguises: list[int] = field(default_factory=list)

    def plan(self) -> Plan | None:
        """Give the plan, or None where nothing is left to do."""
        fixed, disguises = tuple(sorted(set(self.fixed))), tuple(self.disguises)
        plan = Plan(fixed, tuple(self.runs), tuple(self.stretches), disguises)
        return plan if any(plan) else None


class LineHits(NamedTuple):
    """Where anchors of a rule end in the line `text[begin:stop]`, places of the text.

    There is a byte before the line and one behind it.
    """

    text: bytes
    begin: int
    stop: int
    ends: Sequence[int]


class _RuleLook:
    """What all looks know of their rule."""

    def __init__(self, rule: Rule, place: int) -> None:
        self._rule = rule
        self._place = place

    @functools.cached_property
    def _anyhow(self) -> Rule | None:
        """The rule for texts in which each digit is a 0; made when first needed."""
        return with_digits_alike(self._rule)


class RunLook(_RuleLook):
    """Looks at all of the run of fitting bytes around an anchor."""

    def __init__(self, rule: Rule, place: int) -> None:
        super().__init__(rule, place)
        self._memo: dict[bytes, Spans] = {}

    def plan(self, hits: LineHits, draft: Draft) -> None:
        """Plan for the anchors of a line."""
        rule = self._rule
        text, begin, stop, ends = hits
        done = -1
        for end in ends:
            if end <= done:
                continue
            near_end = min(end - rule.past, stop)  # where the run may end at last
            first = max(near_end - rule.back, begin)
            near = text[first : min(near_end + rule.reach, stop)].translate(rule.run)
            low = first + near.rfind(b"\0", 0, near_end - first) + 1
            high = near.find(b"\0", near_end - first)
            high = done = first + (len(near) if high < 0 else high)
            start = low - rule.context
            before = text[max(start, begin - 1) : low].rjust(rule.context, b"\n")
            after = text[high : min(high + rule.after, stop + 1)]
            shift = (start - begin) * SHIFT
            if rule.alike or b"0" not in text[low:high]:
                found = self.spans(before + text[low:high] + after)
                draft.fixed.extend(shift + span for span in found)
            elif not draft.thorough or self._may_match(before + text[low:high] + after):
                run = Run(self, low - begin, high - begin, before, after, shift)
                draft.runs.append(run)

    def _may_match(self, kind: bytes) -> bool:
        """Tell whether any run of a kind may match, whatever the validator says."""
        rule = self._anyhow
        return rule is None or any(
            exact.pattern.compiled.search(kind, rule.context) for exact in rule.exacts
        )

    def spans(self, text: bytes) -> Spans:
        """Find spans in a run with its context."""
        found = self._memo.get(text)
        if found is None:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            found = self._memo[text] = _checked(self._rule, self._find(text))
        return found

    def _find(self, text: bytes) -> Iterable[int]:
        low, high = self._rule.context, len(text)
        for exact in self._rule.exacts:
            for match in exact.pattern.compiled.finditer(text, low):
                if match.start() > high:
                    break
                for start, stop in _accepted(self._rule, text, match):
                    yield start << START | stop << STOP | self._place


class LineLook(_RuleLook):
    """Looks at the line around an anchor; a match must cover the anchor's end."""

    def __init__(self, rule: Rule, place: int) -> None:
        super().__init__(rule, place)
        self._memo: dict[tuple[bytes, int], Spans] = {}

    def plan(self, hits: LineHits, draft: Draft) -> None:
        """Plan for the anchors of a line."""
        rule, back = self._rule, self._rule.back + _CONTEXT
        text, begin, stop, ends = hits
        last_end = -1
        for at, end in enumerate(ends):
            near_end = min(end - rule.past, stop)  # where the match may end at last
            if near_end == last_end:
                continue
            last_end = near_end
            low = max(near_end - back, begin)
            high = _after_character(text, min(self._far(ends, at), stop), stop)
            seen = text[low:high]
            if any(sign in seen for sign in _ESCAPES) if rule.alike else b"0" in seen:
                if draft.thorough and not self._may_match(seen, near_end - low):
                    continue
                where = low - begin, high - begin, near_end - low
                draft.stretches.append(Stretch(self, *where))
            else:
                found = self.spans(seen, near_end - low)
                draft.fixed.extend((low - begin) * SHIFT + span for span in found)

    def _may_match(self, kind: bytes, end: int) -> bool:
        """Tell whether any line of a kind may match, whatever the validator says."""
        rule = self._anyhow
        return rule is None or any(True for _ in fits(rule, kind, end))

    def look(self, data: bytes, ends: Sequence[int], found: list[int]) -> None:
        """Add the spans around these anchors of a rule that looks beyond lines."""
        rule, back = self._rule, self._rule.back + _CONTEXT
        one_line = not rule.multiline
        for at, end in enumerate(ends):
            near_end = end - rule.past
            low = max(near_end - back, 0)
            high = _after_character(data, self._far(ends, at), len(data))
            if one_line:
                low = data.rfind(b"\n", low, near_end) + 1 or low
                eol = data.find(b"\n", near_end, high)
                high = eol if eol >= 0 else high
            spans = self.spans(data[low:high], near_end - low)
            found.extend(low * SHIFT + span for span in spans)

    def _far(self, ends: Sequence[int], at: int) -> int:
        """Say how far to look from an anchor: not past a crowd of the same rule's.

        No value has so many of them in it, but a text may be made to hurt.
        """
        rule = self._rule
        far = ends[at] - rule.past + rule.reach
        if at + _CROWD >= len(ends) or rule.loose:  # loose ones are not all alike
            return far
        return min(far, max(ends[at] + _NEAR, ends[at + _CROWD]))

    def spans(self, text: bytes, end: int) -> Spans:
        """Find spans in a stretch whose anchor ends there."""
        key = text, end
        found = self._memo.get(key)
        if found is None:
            found = _checked(self._rule, self._find(text, end))
            if len(text) <= _LONGEST_REMEMBERED:
                if len(self._memo) >= _MEMO:
                    self._memo.clear()
                self._memo[key] = found
        return found

    def _find(self, text: bytes, end: int) -> Iterator[int]:
        rule = self._rule
        done: Exact | None = None
        for exact, match in fits(rule, text, end):
            if exact is not done and (spans := _accepted(rule, text, match)):
                done = exact
                for start, stop in spans:
                    yield start << START | stop << STOP | self._place


Look = RunLook | LineLook


def look_of(rule: Rule, place: int) -> Look:
    """Make what looks for a rule."""
    return RunLook(rule, place) if rule.run else LineLook(rule, place)


def _checked(rule: Rule, found: Iterable[int]) -> Spans:
    """Take what a rule finds, or refuse for it.

    Raises:
        ScrubRefused: the rule raised something, so nothing can be vouched for.
    """
    try:
        return tuple(found)
    except CaseError:
        raise
    except Exception as error:
        raise ScrubRefused(
            f"scrub rule {rule.id!r} failed with {type(error).__name__}, "
            "so nothing leaves",
            "casecli doctor",
        ) from error


def _accepted(rule: Rule, text: bytes, match: Match) -> list[Pair]:
    """Give what is to be replaced of a match, nothing where the rule wants none."""
    start, stop = match.span("value")
    if start >= stop:
        return []
    if rule.each is None:
        places = [(start, stop)]
    else:
        parts = rule.each.compiled.finditer(text, start, stop)
        places = [part.span("value") for part in parts]
    wanted = (_wanted(rule, text, *place) for place in places)
    return [place for place in wanted if place is not None]


def _wanted(rule: Rule, text: bytes, start: int, stop: int) -> Pair | None:
    start, stop = _on_characters(text, start, stop)
    before = text[max(0, start - _CONTEXT) : start]
    before = before[before.rfind(b"\n") + 1 :]
    after = text[stop : stop + _AFTER]
    return (start, stop) if rule.accepts(text[start:stop], before, after) else None


def _after_character(data: bytes, at: int, limit: int) -> int:
    """Move a place to where the UTF-8 character that it is in has ended."""
    while at < limit and 0x80 <= data[at] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        at += 1
    return at


def _on_characters(data: bytes, start: int, stop: int) -> Pair:
    """Widen a span so that it splits no UTF-8 character."""
    while start and 0x80 <= data[start] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        start -= 1
    return start, _after_character(data, stop, len(data))
