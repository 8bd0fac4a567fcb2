"""Text in, text that may leave out: spans, tokens, and a second look at the outcome.

The stream works on whole lines, so its output cannot depend on how the input was cut.
Only lines over 1 MB are cut, always at the same places, with the context around them;
a private key block is never cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.domain.ports import Sample
from casecli.scrub.engine import Engine
from casecli.scrub.ruleset import Rule
from casecli.scrub.tokens import Tokens

CHUNK = 256 * 1024
_LONG_LINE = 1024 * 1024
_CONTEXT = 8 * 1024
_KEY_BLOCK = 64 * 1024
_ROUNDS = 5
_SAMPLES = 5

Span = tuple[int, int, Rule]


@dataclass(slots=True)
class Report:
    """What was replaced so far, over any number of texts."""

    findings: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, kind: str, value: bytes, token: bytes, line: int) -> None:
        """Count a replacement, and keep it as a sample if there are few yet."""
        self.findings[kind] += 1
        shown = self.samples.setdefault(kind, [])
        text = token.decode()
        if len(shown) < _SAMPLES and all(each.token != text for each in shown):
            value_text = value.decode("utf-8", "replace")
            sample = Sample(kind=kind, value=value_text, token=text, line=line)
            shown.append(sample)

    def all_samples(self) -> tuple[Sample, ...]:
        """Give the samples, kind by kind."""
        return tuple(
            each for kind in sorted(self.samples) for each in self.samples[kind]
        )


def _spans(engine: Engine, data: bytes) -> Iterable[Span]:
    """Find all spans that some rule accepts; they may overlap and repeat.

    Raises:
        ScrubRefused: a rule or the engine failed, so nothing can be vouched for.
    """
    rule: Rule | None = None
    look = _Lookout(data)
    try:
        for rule, end in engine.candidates(data):
            end -= rule.past  # noqa: PLW2901 - where the exact match may end at last
            low, high = _window(rule, data, end)
            for span in _exact(rule, look, (low, end, high)):
                yield *span, rule
    except CaseError:
        raise
    except Exception as error:
        what = f"scrub rule {rule.id!r}" if rule else "the scrub engine"
        raise ScrubRefused(
            f"{what} failed with {type(error).__name__}, so nothing leaves",
            "casecli doctor",
        ) from error


def _window(rule: Rule, data: bytes, end: int) -> tuple[int, int]:
    low = max(0, end - rule.back)
    high = min(len(data), end + rule.reach)
    if not rule.multiline:
        low = max(low, data.rfind(b"\n", low, end) + 1)
        eol = data.find(b"\n", end, high)
        high = high if eol < 0 else eol
    if rule.run:
        low += data[low:end].translate(rule.run).rfind(b"\0") + 1
    return low, high


class _Lookout:
    """Searches that remember the last outcome, for anchors close to one another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._last: dict[int, tuple[int, int, re.Match[bytes] | None]] = {}

    def search(
        self, pattern: re.Pattern[bytes], low: int, high: int
    ) -> re.Match[bytes] | None:
        """Find the first match that begins at `low` or later and ends by `high`."""
        last = self._last.get(id(pattern))
        if last is not None and last[0] <= low and last[1] == high:
            match = last[2]
            if match is None or match.start() >= low:
                return match
        match = pattern.search(self.data, low, high)
        self._last[id(pattern)] = low, high, match
        return match


def _exact(
    rule: Rule, look: _Lookout, window: tuple[int, int, int]
) -> Iterable[tuple[int, int]]:
    """Find what each exact expression accepts; a match must cover the anchor's end."""
    low, end, high = window
    data = look.data
    key = rule.gate.search(data, low, end) if rule.gate else None
    if rule.gate and not key:
        return
    for exact in rule.exacts:
        if exact.ends and data[end - 1] not in exact.ends:
            continue
        if exact.holds and data.find(exact.holds, end, high) < 0:
            continue
        if exact.lead and rule.gate and key:
            matches = _at_keys(exact.pattern, rule.gate, key, window)
        else:
            matches = _searched(exact.pattern, look, window)
        for match in matches:
            span = _accepted(rule, data, match, end)
            if span is not None:
                yield span
                break


def _at_keys(
    pattern: re.Pattern[bytes],
    gate: re.Pattern[bytes],
    key: re.Match[bytes] | None,
    window: tuple[int, int, int],
) -> Iterable[re.Match[bytes]]:
    _, end, high = window
    while key:
        if match := pattern.match(key.string, key.start(), high):
            yield match
        key = gate.search(key.string, key.start() + 1, end)


def _searched(
    pattern: re.Pattern[bytes], look: _Lookout, window: tuple[int, int, int]
) -> Iterable[re.Match[bytes]]:
    low, end, high = window
    match = look.search(pattern, low, high)
    while match and match.start() <= end:
        yield match
        match = look.search(pattern, match.start() + 1, high)


def _accepted(
    rule: Rule, data: bytes, match: re.Match[bytes], end: int
) -> tuple[int, int] | None:
    start, stop = match.span("value")
    if match.end() < end or start >= stop:
        return None
    start, stop = _on_characters(data, start, stop)
    near = max(0, start - 40)
    edge = max(data.rfind(b"\n", near, start) + 1, near)
    before, after = data[edge:start], data[stop : stop + 16]
    return (start, stop) if rule.accepts(data[start:stop], before, after) else None


def _on_characters(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """Widen a span so that it splits no UTF-8 character."""
    while start and 0x80 <= data[start] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        start -= 1
    while stop < len(data) and 0x80 <= data[stop] < 0xC0:  # noqa: PLR2004 - UTF-8 continuation
        stop += 1
    return start, stop


@dataclass(frozen=True, slots=True)
class _Claim:
    start: int
    stop: int
    rule: Rule
    whole: bool


def _claims(
    engine: Engine, data: bytes, taken: Iterable[tuple[int, int]], low: int, high: int
) -> list[_Claim]:
    """Settle who replaces which bytes; every byte of a span is covered by some claim.

    Better ranked rules first; of what they cut a span down to, the pieces that hold a
    letter or digit are claimed as fragments.
    """
    mask = bytearray(len(data))
    for start, stop in taken:
        mask[start:stop] = b"\1" * (stop - start)
    every = set(_spans(engine, data))
    found = [span for span in every if low <= span[0] < high]
    found.sort(key=lambda span: (span[2].rank, span[0], -span[1], span[2].id))
    claims: list[_Claim] = []
    cut: list[Span] = []
    for start, stop, rule in found:
        if mask.find(1, start, stop) >= 0:
            cut.append((start, stop, rule))
            continue
        mask[start:stop] = b"\1" * (stop - start)
        claims.append(_Claim(start, stop, rule, whole=True))
    for start, stop, rule in cut:
        for first, last in _free(mask, data, start, stop):
            mask[first:last] = b"\1" * (last - first)
            claims.append(_Claim(first, last, rule, whole=False))
    claims.sort(key=lambda claim: claim.start)
    return claims


_EDGES = bytes(byte for byte in range(128) if not chr(byte).isalnum())


def _free(
    mask: bytearray, data: bytes, start: int, stop: int
) -> Iterable[tuple[int, int]]:
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


def spans(engine: Engine, data: bytes) -> list[tuple[str, int, int]]:
    """Say what would be replaced in a text that holds no tokens: (rule, start, end)."""
    claims = _claims(engine, data, (), 0, len(data))
    return [(claim.rule.id, claim.start, claim.stop) for claim in claims]


class Rewriter:
    """Replaces what an engine's rules find by the tokens of one case."""

    def __init__(self, engine: Engine, tokens: Tokens, report: Report) -> None:
        self._engine = engine
        self._tokens = tokens
        self._report = report

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace until a scan of the outcome finds nothing but tokens.

        Spans that begin in `data[low:high]` are replaced, what surrounds them is
        context. Gives the new data, where its settled part ends, and how many bytes
        of the input that part stands for, counted from `low`.

        Raises:
            ScrubRefused: the outcome would not settle, or a rule failed.
        """
        used = high
        for _ in range(_ROUNDS):
            taken = self._tokens.find(data)
            claims = _claims(self._engine, data, taken, low, high)
            if not claims:
                return data, high, used - low
            overhang = max(claims[-1].stop - high, 0)
            used += overhang
            data, high = self._replace(data, claims, high + overhang, line)
            self._tokens.pause()
        raise ScrubRefused(
            "the scrubbed text still held something to scrub after several passes",
            "casecli scrub --diff FILE",
        )

    def _replace(
        self, data: bytes, claims: list[_Claim], high: int, line: int
    ) -> tuple[bytes, int]:
        out: list[bytes] = []
        last = counted = 0
        for claim in claims:
            value = data[claim.start : claim.stop]
            token = self._give(claim, value)
            line += data.count(b"\n", counted, claim.start)
            counted = claim.start
            self._report.add(claim.rule.type, value, token, line)
            out += (data[last : claim.start], token)
            high += len(token) - len(value)
            last = claim.stop
        out.append(data[last:])
        return b"".join(out), high

    def _give(self, claim: _Claim, value: bytes) -> bytes:
        try:
            return self._tokens.give(claim.rule.type, value, whole=claim.whole)
        except CaseError:
            raise
        except Exception as error:
            raise ScrubRefused(
                f"no token could be made for what scrub rule {claim.rule.id!r} found",
                "casecli doctor",
            ) from error


class Stream:
    """Scrubs bytes as they come, in constant memory."""

    def __init__(self, rewriter: Rewriter, chunk: int = CHUNK) -> None:
        self._rewriter = rewriter
        self._chunk = chunk
        self._pending = bytearray()
        self._before = b""
        self._inside = 0
        self._line = 1

    def feed(self, data: bytes) -> bytes:
        """Take more input; give what is settled of it."""
        self._pending += data
        out = []
        while len(self._pending) >= self._chunk and (piece := self._next(last=False)):
            out.append(piece)
        return b"".join(out)

    def finish(self) -> bytes:
        """Give the rest."""
        out = []
        while self._pending:
            out.append(self._next(last=True))
        return b"".join(out)

    def _next(self, *, last: bool) -> bytes:
        """Settle the next lines, or the next stretch of a very long one."""
        eol = self._pending.find(b"\n", 0, _LONG_LINE + 1 - self._inside)
        if self._inside or eol < 0:
            return self._next_of_long_line(last=last)
        cut = self._cut(last=last)
        if not cut and not last:
            return b""
        return self._settle_lines(cut or len(self._pending))

    def _cut(self, *, last: bool) -> int:
        """Find where a run of whole lines ends, before any very long line."""
        data = self._pending
        cut = len(data) if last else data.rfind(b"\n") + 1
        start = 0
        while cut - start > _LONG_LINE:
            near = data.rfind(b"\n", start, start + _LONG_LINE + 1) + 1
            if not near:
                cut = start
                break
            start = near
        cut = min(cut, max(self._chunk, data.find(b"\n") + 1)) if last else cut
        if cut < len(data):
            cut = data.rfind(b"\n", 0, cut) + 1
        return cut if last and cut == len(data) else self._before_key_block(cut)

    def _before_key_block(self, cut: int) -> int:
        at = self._pending.rfind(b"-----BEGIN ", 0, cut)
        if at < 0 or cut - at >= _KEY_BLOCK:
            return cut
        is_key = b"PRIVATE KEY" in self._pending[at : at + 64]
        if not is_key or self._pending.find(b"-----END", at, cut) >= 0:
            return cut
        begin = self._pending.rfind(b"\n", 0, at) + 1
        if begin:
            return begin
        end = self._pending.find(b"-----END", cut)
        eol = self._pending.find(b"\n", end) + 1 if end >= 0 else 0
        return eol or (cut if len(self._pending) > 2 * _KEY_BLOCK else 0)

    def _settle_lines(self, cut: int) -> bytes:
        data = bytes(self._pending[:cut])
        del self._pending[:cut]
        out, _, _ = self._rewriter.settle(data, 0, len(data), self._line)
        self._line += data.count(b"\n")
        return out

    def _next_of_long_line(self, *, last: bool) -> bytes:
        room = _LONG_LINE - self._inside % _LONG_LINE
        eol = self._pending.find(b"\n", 0, room)
        ends = eol >= 0 or (last and len(self._pending) <= room)
        if not ends and not last and len(self._pending) < room + _CONTEXT:
            return b""
        size = eol + 1 if eol >= 0 else min(room, len(self._pending))
        data = self._before + bytes(self._pending[: size + (0 if ends else _CONTEXT)])
        low = len(self._before)
        data, settled, used = self._rewriter.settle(data, low, low + size, self._line)
        del self._pending[:used]
        out = data[low:settled]
        self._inside = 0 if ends else self._inside + used
        self._before = b"" if ends else data[max(0, settled - _CONTEXT) : settled]
        self._line += eol >= 0
        return out
