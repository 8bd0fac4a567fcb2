"""One worker: takes batches of text, gives back what became of them.

It finds, replaces and verifies. For each token that it does not know yet it asks the
process that started it, so tokens are the very same, however many workers there are.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from casecli.domain.errors import CaseError
from casecli.scrub.pieces import Piece
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.tokens import may_hold_any

if TYPE_CHECKING:
    from casecli.domain.ports import Sample
    from casecli.scrub.recipes import TokenSource

Way = Callable[["TokenSource"], Rewriter]  # how a worker comes to a rewriter

MASKS = hasattr(signal, "pthread_sigmask")


class Memory:
    """What a worker shares with who started it: a place for each batch under way."""

    def __init__(self, places: int, size: int) -> None:
        self._places = [mmap.mmap(-1, size) for _ in range(places)]

    def __bool__(self) -> bool:
        """Tell whether there is any; without, all goes through a pipe."""
        return bool(self._places)

    def fits(self, size: int) -> bool:
        """Tell whether so many bytes have room in a place."""
        return bool(self._places) and size <= len(self._places[0])

    def lay(self, parts: Sequence[bytes], place: int) -> int | bytes:
        """Lay a text down; gives its size, or all of it where that has no room."""
        size = sum(map(len, parts))
        if not self.fits(size):
            return b"".join(parts)
        at, memory = 0, self._places[place]
        for part in parts:
            memory[at : at + len(part)] = part
            at += len(part)
        return size

    def lift(self, text: int | bytes, place: int) -> bytes:
        """Take up what was laid down."""
        return text if isinstance(text, bytes) else self._places[place][:text]


class Batch(NamedTuple):
    """Pieces to settle: the first line and the size of each, and all their text."""

    pieces: list[tuple[int, int]]
    text: int | bytes
    place: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch."""

    text: int | bytes
    findings: Counter[str]
    samples: dict[str, list[Sample]]


def settled(rewriter: Rewriter, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Settle pieces of whole lines, one by one."""
    for line, data, _ in pieces:
        yield rewriter.settle(data, 0, len(data), line).data


class _Asking:
    """The case's tokens, as far as a worker knows them; asks for the others.

    While it waits for an answer the next batch may come, and is kept.
    """

    def __init__(self, parent: Connection) -> None:
        self._parent = parent
        self._waiting: deque[Batch] = deque()

    def next(self) -> Batch | Mapping[bytes, str]:
        """Wait for something to do: a batch, or what is to be looked for."""
        if self._waiting:
            return self._waiting.popleft()
        return cast("Batch | Mapping[bytes, str]", self._parent.recv())

    def _ask(self, what: str, *args: object, **options: object) -> Any:
        self._parent.send((what, args, options))
        while isinstance(answer := self._parent.recv(), Batch):
            self._waiting.append(answer)
        return answer

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value."""
        token: bytes = self._ask("give", kind, value, whole=whole, plain=plain)
        return token

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Find tokens in a text."""
        if not may_hold_any(data):
            return []
        found: list[tuple[int, int]] = self._ask("find", data)
        return found

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is a token."""
        return bool(self._ask("knows", text))

    def pause(self) -> None:
        """Nothing is under way here."""


def work(
    parent: Connection, way: Way, memory: Memory, others: Iterable[Connection]
) -> None:
    """Scrub what comes until nothing more does; `others` are the parent's ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if MASKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what a copy inherits, an open vault too, is not for it to close
    for connection in others:
        connection.close()
    asking = _Asking(parent)
    try:
        rules = rewriter = way(asking)
        while True:
            message = asking.next()
            if not isinstance(message, Batch):
                rewriter = rules.for_literals(message)
                continue
            report = rewriter.restart()
            pieces = _cut(message.pieces, memory.lift(message.text, message.place))
            text = memory.lay(list(settled(rewriter, pieces)), message.place)
            parent.send(Done(text, report.findings, report.samples))
    except (EOFError, OSError, KeyboardInterrupt):
        return
    except CaseError as error:
        with contextlib.suppress(OSError):
            parent.send(error)


def _cut(pieces: Iterable[tuple[int, int]], text: bytes) -> Iterator[Piece]:
    at = 0
    for line, size in pieces:
        yield Piece(line, text[at : at + size])
        at += size
