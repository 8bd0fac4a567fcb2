"""Text in, text that may leave out: spans, tokens, and a second look at the outcome.

The stream works on whole lines, so its output cannot depend on how the input was cut.
Only lines over 1 MB are cut, always at the same places, with the context around them;
a private key block is never cut.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.domain.ports import Sample
from casecli.scrub.engine import Engine
from casecli.scrub.spans import OFFSET, START, STOP, Claim, Finder, Found, claims

CHUNK = 256 * 1024
_LONG_LINE = 1024 * 1024
_CONTEXT = 8 * 1024
_KEY_BLOCK = 64 * 1024
_ROUNDS = 5
_SAMPLES = 5
_REMEMBERED = 20_000
_NAMES = re.compile(rb"(?i)name[\"']?[ \t]*:")


@dataclass(slots=True)
class Report:
    """What was replaced so far, over any number of texts."""

    findings: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def wants(self, kind: str) -> bool:
        """Tell whether there are few samples of a kind yet."""
        return len(self.samples.get(kind, ())) < _SAMPLES

    def show(self, kind: str, value: bytes, token: bytes, line: int) -> None:
        """Keep a replacement as a sample."""
        shown = self.samples.setdefault(kind, [])
        text = token.decode()
        if all(each.token != text for each in shown):
            value_text = value.decode("utf-8", "replace")
            sample = Sample(kind=kind, value=value_text, token=text, line=line)
            shown.append(sample)

    def all_samples(self) -> tuple[Sample, ...]:
        """Give the samples, kind by kind."""
        return tuple(
            each for kind in sorted(self.samples) for each in self.samples[kind]
        )


def spans(finder: Finder, data: bytes) -> list[tuple[str, int, int]]:
    """Say what would be replaced in a text that holds no tokens: (rule, start, end)."""
    found = claims(finder.rules, data, finder.spans(data), ())
    return [(finder.rules[place].id, start, stop) for start, stop, place, _, _ in found]


class TokenSource(Protocol):
    """What gives and knows the tokens of one case."""

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value, the one it has already if it has one."""
        ...

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Find our tokens in a text, left to right, never overlapping."""
        ...

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is one of the case's tokens, all of it."""
        ...

    def pause(self) -> None:
        """Let the vault write down what it has before others wait for long."""
        ...


class Rewriter:
    """Replaces what a finder's rules accept by the tokens of one case."""

    def __init__(
        self, finder: Finder, marks: Engine, tokens: TokenSource, report: Report
    ) -> None:
        self._finder = finder
        self._rules = finder.rules
        self._marks = marks
        self._tokens = tokens
        self._report = report
        self._given: list[dict[bytes, bytes]] = [{} for _ in self._rules]
        self._known: set[bytes] = set()
        self._shown = set(range(len(self._rules)))

    def restart(self) -> Report:
        """Count in a new report from now on, and give that."""
        self._report = Report()
        self._shown = set(range(len(self._rules)))
        return self._report

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
        taken = self._taken(data)
        found = self._finder.spans(data)
        for _ in range(_ROUNDS):
            if low or high < len(data):
                ours = [span for span in found.spans if low <= span >> START < high]
                found = Found(ours, found.plain)
            wanted = list(claims(self._rules, data, found, taken))
            if not wanted:
                return data, high, used - low
            overhang = max(wanted[-1][1] - high, 0)
            used += overhang
            pieces = self._pieces(data, wanted, line)
            before = len(data)
            data = b"".join(pieces)
            high += overhang + len(data) - before
            self._tokens.pause()
            found = self._left(data)
            taken = _placed(pieces, wanted, taken) if found.spans else []
        raise ScrubRefused(
            "the scrubbed text still held something to scrub after several passes",
            "casecli scrub --diff FILE",
        )

    def is_settled(self, data: bytes) -> bool:
        """Tell whether a scan finds nothing but tokens."""
        return not self._left(data).spans

    def _left(self, data: bytes) -> Found:
        """Scan an outcome, all of it, for anything but tokens."""
        found, plain = self._finder.spans(data)
        known = self._known
        left = []
        for span in found:
            text = data[span >> START : span >> STOP & OFFSET]
            if text not in known:
                if self._tokens.knows(text):
                    if len(known) >= _REMEMBERED:
                        known.clear()
                    known.add(text)
                else:
                    left.append(span)
        return Found(left, plain)

    def _taken(self, data: bytes) -> list[tuple[int, int]]:
        """Find tokens that were there already, on the lines that may hold any."""
        taken: list[tuple[int, int]] = []
        done = -1
        for _, ends in self._marks.hits(data):
            for end in ends:
                if end <= done:
                    continue
                start = data.rfind(b"\n", 0, end - 1) + 1
                done = data.find(b"\n", end)
                done = len(data) if done < 0 else done
                found = self._tokens.find(data[start:done])
                taken += [(start + first, start + last) for first, last in found]
        return taken

    def _pieces(self, data: bytes, wanted: list[Claim], line: int) -> list[bytes]:
        """Cut the data at the claims: what stays and a token, in turns."""
        out: list[bytes] = []
        add, given, shown = out.append, self._given, self._shown
        tally = [0] * len(self._rules)
        last = counted = 0
        for start, stop, place, plain, whole in wanted:
            value = data[start:stop]
            token = given[place].get(value) if whole else None
            if token is None:
                token = self._give(place, value, plain, whole=whole)
            if place in shown:
                line += data.count(b"\n", counted, start)
                counted = start
                self._show(place, value, token, line)
            tally[place] += 1
            add(data[last:start])
            add(token)
            last = stop
        add(data[last:])
        findings = self._report.findings
        for place, count in enumerate(tally):
            if count:
                findings[self._rules[place].type] += count
        return out

    def _show(self, place: int, value: bytes, token: bytes, line: int) -> None:
        kind = self._rules[place].type
        if self._report.wants(kind):
            self._report.show(kind, value, token, line)
        else:
            self._shown.discard(place)

    def _give(self, place: int, value: bytes, plain: bytes, *, whole: bool) -> bytes:
        rule = self._rules[place]
        try:
            token = self._tokens.give(rule.type, value, whole=whole, plain=plain)
        except CaseError:
            raise
        except Exception as error:
            raise ScrubRefused(
                f"no token could be made for what scrub rule {rule.id!r} found",
                "casecli doctor",
            ) from error
        if whole and not plain:
            known = self._given[place]
            if len(known) >= _REMEMBERED:
                known.clear()
            known[value] = token
        return token


def _placed(
    pieces: list[bytes], wanted: list[Claim], taken: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Say where tokens are now: those just put in, and those `taken` before."""
    out: list[tuple[int, int]] = []
    grown = old = 0
    for (start, stop, *_), token in zip(wanted, pieces[1::2], strict=True):
        while old < len(taken) and taken[old][0] < start:
            out.append((taken[old][0] + grown, taken[old][1] + grown))
            old += 1
        out.append((start + grown, start + grown + len(token)))
        grown += len(token) - (stop - start)
    return out + [(first + grown, end + grown) for first, end in taken[old:]]


class Settles(Protocol):
    """What a stream lets settle its stretches; see `Rewriter.settle`."""

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace what begins in `data[low:high]`."""
        ...


class Stream:
    """Scrubs bytes as they come, in constant memory."""

    def __init__(self, rewriter: Settles, chunk: int = CHUNK, line: int = 1) -> None:
        self._rewriter = rewriter
        self._chunk = chunk
        self._pending = bytearray()
        self._before = b""
        self._inside = 0
        self._line = line

    def feed(self, data: bytes) -> bytes:
        """Take more input; give what is settled of it."""
        self._pending += data
        out = []
        while len(self._pending) >= self._chunk and (piece := self._next(last=False)):
            out.append(piece)
        return b"".join(out)

    def hold(self, data: bytes) -> None:
        """Take more input without settling any."""
        self._pending += data

    def slice(self, size: int) -> tuple[int, bytes] | None:
        """Hand over whole lines of `size` bytes or more: (first line's number, lines).

        None where there is not as much, or a very long line stands in the way.
        """
        if len(self._pending) < size or self._inside:
            return None
        cut = self._cut(last=False)
        if not cut:
            return None
        data = bytes(self._pending[:cut])
        del self._pending[:cut]
        line = self._line
        self._line += data.count(b"\n")
        return line, data

    def is_stuck(self, size: int) -> bool:
        """Tell whether slices of this size are at an end: the rest is to be fed."""
        return len(self._pending) >= 2 * size

    def ready(self) -> bytes:
        """Give what is settled of the whole lines so far, however few they are."""
        return b"".join(iter(lambda: self._next(last=False), b""))

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
        if last and cut == len(data):
            return cut
        return self._before_key_block(self._before_name(cut))

    def _before_name(self, cut: int) -> int:
        """Keep a line that names what the next one gives the value of."""
        near = cut
        while near > max(0, cut - _KEY_BLOCK):
            begin = self._pending.rfind(b"\n", 0, near - 1) + 1
            if not _NAMES.search(self._pending, begin, min(near, begin + 400)):
                return near
            near = begin
        return cut if len(self._pending) > 2 * _KEY_BLOCK else near

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
