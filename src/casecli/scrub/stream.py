"""Bytes as they come, cut where the outcome cannot depend on it.

Whole lines are settled together. Only lines over 1 MB are cut, always at the same
places, with the context around them; a private key block is never cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from casecli.scrub.pieces import Piece, Settled

if TYPE_CHECKING:
    from casecli.scrub.cuts import Cuts

CHUNK = 128 * 1024
_LONG_LINE = 1024 * 1024
_CONTEXT = 8 * 1024


class Settles(Protocol):
    """What a stream lets settle its stretches; see `Rewriter.settle`."""

    def settle(self, data: bytes, low: int, high: int, line: int) -> Settled:
        """Replace what begins in `data[low:high]`."""
        ...


class Stream:
    """Scrubs bytes as they come, in constant memory."""

    def __init__(
        self, rewriter: Settles, cuts: Cuts, chunk: int = CHUNK, line: int = 1
    ) -> None:
        self._rewriter = rewriter
        self._cuts = cuts
        self._chunk = chunk
        self._pending = b""
        self._before = b""
        self._inside = 0
        self._line = line

    def feed(self, data: bytes) -> bytes:
        """Take more input; give what is settled of it."""
        return _joined(self.settled(self.pieces(data)))

    def ready(self) -> bytes:
        """Give what is settled of the whole lines so far, however few they are."""
        self._take(b"")
        return _joined(self.settled(self._pieces(1)))

    def finish(self) -> bytes:
        """Give the rest."""
        return _joined(self.settled(self.rest()))

    def settled(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Settle pieces one by one, and count their lines."""
        for piece in pieces:
            if piece.cut:
                yield piece
            else:
                line, data, _ = piece
                out, _, _, lines = self._rewriter.settle(data, 0, len(data), line)
                self._line += data.count(b"\n") if lines is None else lines
                yield Piece(line, out)

    def counted(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Count the lines of pieces that others settle."""
        for piece in pieces:
            if not piece.cut:
                self._line = piece.line + piece.data.count(b"\n")
            yield piece

    def all(self, blocks: Iterable[bytes]) -> Iterator[Piece]:
        """Cut all that comes, for `settled` or `counted`; see `pieces`."""
        for block in blocks:
            yield from self.pieces(block)
        yield from self.rest()

    def pieces(self, data: bytes) -> Iterator[Piece]:
        """Take more input; give pieces of it, whose lines are still to be counted.

        Only very long lines are settled here, a stretch at a time. An empty piece
        comes first: what was given out before is to be settled before more is taken.
        """
        for at in range(0, len(data), _LONG_LINE):
            self._take(data[at : at + _LONG_LINE])
            yield from self._pieces(self._chunk)

    def rest(self) -> Iterator[Piece]:
        """Give the last pieces."""
        self._take(b"", last=True)
        yield from self._pieces(self._chunk)
        yield from self._pieces(1, last=True)

    def _take(self, data: bytes, *, last: bool = False) -> None:
        ready = self._prepared(data, last=last)
        self._pending = self._pending + ready if self._pending else ready

    def _prepared(self, data: bytes, *, last: bool = False) -> bytes:  # noqa: ARG002 - for those that look at the input
        """Give of the input what is ready for rules.

        What was held back before is a part of the input; see `_reached`.
        """
        return data

    def _reached(self) -> int:
        """Give the number of the first line that was not ready for rules yet."""
        return self._line + self._pending.count(b"\n")

    def _pieces(self, least: int, *, last: bool = False) -> Iterator[Piece]:
        """Cut while so much is pending."""
        while len(self._pending) >= least:
            eol = self._pending.find(b"\n", 0, _LONG_LINE + 1 - self._inside)
            cut = bool(self._inside) or eol < 0
            if cut:
                yield Piece(self._line, b"", cut)
            line = self._line
            take = self._next_of_long_line if cut else self._next_lines
            data = take(last=last)
            if not data and not last:
                return
            yield Piece(line, data, cut)

    def _next_lines(self, *, last: bool) -> bytes:
        """Take the next whole lines, b"" for none."""
        cut = self._cut(last=last)
        if not cut and not last:
            return b""
        cut = cut or len(self._pending)
        data, self._pending = self._pending[:cut], self._pending[cut:]
        return data

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
        return self._cuts.before(data, cut)

    def _next_of_long_line(self, *, last: bool) -> bytes:
        room = _LONG_LINE - self._inside % _LONG_LINE
        eol = self._pending.find(b"\n", 0, room)
        ends = eol >= 0 or (last and len(self._pending) <= room)
        if not ends and not last and len(self._pending) < room + _CONTEXT:
            return b""
        size = eol + 1 if eol >= 0 else min(room, len(self._pending))
        data = self._before + self._pending[: size + (0 if ends else _CONTEXT)]
        low = len(self._before)
        data, settled, used, _ = self._rewriter.settle(
            data, low, low + size, self._line
        )
        self._pending = self._pending[used:]
        out = data[low:settled]
        self._inside = 0 if ends else self._inside + used
        self._before = b"" if ends else data[max(0, settled - _CONTEXT) : settled]
        self._line += eol >= 0
        return out


def _joined(pieces: Iterable[Piece]) -> bytes:
    return b"".join([piece.data for piece in pieces])
