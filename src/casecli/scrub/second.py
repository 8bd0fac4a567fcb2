"""The second pass: what was learned in a text, replaced in what the rules left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from casecli.domain.errors import ScrubRefused
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.stream import CHUNK, Stream

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault
    from casecli.scrub.cuts import Cuts
    from casecli.scrub.learned import Known, Learned
    from casecli.scrub.pieces import Piece
    from casecli.scrub.workers import Crew

_ROUNDS = 8


class SecondPass:
    """The second pass over texts and files of one case, with what the first learned."""

    def __init__(
        self, learned: Learned, rewriter: Rewriter, cuts: Cuts, chunk: int = CHUNK
    ) -> None:
        self._learned = learned
        self._cuts = cuts
        self._rewriter = rewriter
        self._chunk = chunk
        self._latest = -1, rewriter

    def pieces(
        self,
        pieces: Iterable[Piece],
        hear: Callable[[bytes], object] | None = None,
        crew: Crew | None = None,
    ) -> Iterator[bytes]:
        """Give a whole file's outcome with what was learned anywhere in it replaced.

        A `crew` that did the first pass helps.
        """
        if not self._learned.changes and hear is None:
            yield from (piece.data for piece in pieces)
            return
        look = self._look()
        pieces = self._cut_again(pieces, look)
        if crew is None:
            settled = (_settled(look, piece) for piece in pieces)
        else:
            crew.look_for(self._learned.values(), look)
            settled = (piece.data for piece in crew.scrub(pieces))
        for data in settled:
            if hear is not None:
                hear(data)
            yield data

    def _cut_again(self, pieces: Iterable[Piece], look: Rewriter) -> Iterator[Piece]:
        """Leave pieces as they are, but for very long lines, which have changed."""
        for cut, each in groupby(pieces, attrgetter("cut")):
            if not cut:
                yield from each
                continue
            first = next(each)
            stream = Stream(look, self._cuts, self._chunk, first.line)
            parts = (piece.data for piece in chain((first,), each))
            yield from stream.counted(stream.all(parts))

    def piece(self, data: bytes) -> bytes:
        """Give a piece of an outcome with what was learned so far replaced."""
        return self._look().settle(data, 0, len(data), 1).data

    def text(self, data: bytes, vault: CaseVault, known: Known) -> bytes:
        """Give a text's outcome with what it and its case know replaced.

        Raises:
            ScrubRefused: the outcome would not settle.
        """
        for _ in range(_ROUNDS):
            values = self._learned.values(known.of(vault))
            if not values:
                return data
            look = self._rewriter.for_literals(values)
            stream = Stream(look, self._cuts, self._chunk)
            fresh = stream.feed(data) + stream.finish()
            if fresh == data:
                return data
            data = fresh
        raise ScrubRefused(
            "the scrubbed text still held something that was learned from it",
            "casecli scrub --diff FILE",
        )

    def _look(self) -> Rewriter:
        """Give what replaces all that is known now."""
        if self._latest[0] != self._learned.changes:
            look = self._rewriter.for_literals(self._learned.values())
            self._latest = self._learned.changes, look
        return self._latest[1]


def _settled(look: Rewriter, piece: Piece) -> bytes:
    line, data, cut = piece
    return data if cut else look.settle(data, 0, len(data), line).data
