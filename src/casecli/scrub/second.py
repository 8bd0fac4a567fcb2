"""The second pass: what was learned in a text, replaced in what the rules left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from casecli.domain.errors import ScrubRefused
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.stream import CHUNK, Stream

if TYPE_CHECKING:
    from casecli.domain.ports import CaseVault
    from casecli.scrub.learned import Known, Learned

_ROUNDS = 8


class SecondLook:
    """Replaces literals outside tokens; what changed is looked at by all rules again.

    It stands where a stream has its rewriter.
    """

    def __init__(self, rewriter: Rewriter, values: Mapping[bytes, str]) -> None:
        self._any = bool(values)
        self._rewriter = rewriter
        self._literals = rewriter.for_literals(values)

    def __bool__(self) -> bool:
        """Tell whether there is anything to search for."""
        return self._any

    def settle(
        self, data: bytes, low: int, high: int, line: int
    ) -> tuple[bytes, int, int]:
        """Replace what begins in `data[low:high]`, as `Rewriter.settle` does."""
        fresh, end, used = self._literals.settle(data, low, high, line)
        if fresh == data:
            return fresh, end, used
        if low == 0 and high == len(data):
            out = self._rewriter.settle_changed(data, fresh, line)
            return out, len(out), used
        out, settled, more = self._rewriter.settle(fresh, low, end, line)
        return out, settled, used + more - (end - low)


class SecondPass:
    """The second pass over texts and files of one case, with what the first learned."""

    def __init__(
        self, learned: Learned, rewriter: Rewriter, chunk: int = CHUNK
    ) -> None:
        self._learned = learned
        self._rewriter = rewriter
        self._chunk = chunk
        self._latest = -1, SecondLook(rewriter, {})

    def blocks(
        self,
        blocks: Iterable[bytes],
        hear: Callable[[bytes], object] | None = None,
    ) -> Iterator[bytes]:
        """Give a whole file's outcome with what was learned anywhere in it replaced."""
        look = self._look()
        if not look and hear is None:
            yield from blocks
            return
        stream = Stream(look, self._chunk)
        for block in blocks:
            yield _heard(stream.feed(block), hear)
        yield _heard(stream.finish(), hear)

    def piece(self, data: bytes) -> bytes:
        """Give a piece of an outcome with what was learned so far replaced."""
        return self._look().settle(data, 0, len(data), 1)[0]

    def text(self, data: bytes, vault: CaseVault, known: Known) -> bytes:
        """Give a text's outcome with what it and its case know replaced.

        Raises:
            ScrubRefused: the outcome would not settle.
        """
        for _ in range(_ROUNDS):
            values = self._learned.values(known.of(vault))
            if not values:
                return data
            stream = Stream(SecondLook(self._rewriter, values), self._chunk)
            fresh = stream.feed(data) + stream.finish()
            if fresh == data:
                return data
            data = fresh
        raise ScrubRefused(
            "the scrubbed text still held something that was learned from it",
            "casecli scrub --diff FILE",
        )

    def _look(self) -> SecondLook:
        """Look for what is known now."""
        if self._latest[0] != self._learned.changes:
            look = SecondLook(self._rewriter, self._learned.values())
            self._latest = self._learned.changes, look
        return self._latest[1]


def _heard(data: bytes, hear: Callable[[bytes], object] | None) -> bytes:
    if hear is not None:
        hear(data)
    return data
