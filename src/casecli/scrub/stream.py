"""Bytes as they come, cut where the outcome cannot depend on it.

Whole lines are settled together. Only lines over 1 MB are cut, always at the same
places, with the context around them; a private key block is never cut.
"""

from __future__ import annotations

import re
from typing import Protocol

CHUNK = 256 * 1024
_LONG_LINE = 1024 * 1024
_CONTEXT = 8 * 1024
_KEY_BLOCK = 64 * 1024
_NAMES = re.compile(rb"(?i)name[\"']?[ \t]*:")


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
