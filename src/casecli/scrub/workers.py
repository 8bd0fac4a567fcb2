"""Worker processes for large texts: pieces go out, scrubbed pieces come back in order.

The process that was asked works too, as long as it gets on fast: then it has little to
do for the others. Only it uses the vault; see `worker.py`. A worker that dies is a
refusal: what it had is not sent.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.pieces import Piece
from casecli.scrub.report import Report
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.worker import MASKS, Batch, Done, Memory, Way, settled, work

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from casecli.domain.ports import Sample
    from casecli.scrub.recipes import TokenSource
    from casecli.scrub.spans import Finder
    from casecli.scrub.tokens import Tokens

SLICE = 384 * 1024
MOST = 4
FORKED = 4 * 1024 * 1024
STARTED = 64 * 1024 * 1024
SLOW = 20_000_000  # bytes a second
_AT_ONCE = 3  # batches, so that a worker need not wait for the next

Scanners = Callable[[], tuple["Finder", Any]]


def cores() -> int:
    """Say how many processes are worth it here."""
    return min(os.cpu_count() or 1, MOST)


def alone() -> int:
    """Say how many bytes of a text are scrubbed before workers are worth their start.

    One that is forked knows what was learned of the text so far; one that is not reads
    the rules first, and learns that anew.
    """
    return FORKED if _may_fork() else STARTED


def _may_fork() -> bool:
    """Tell whether a copy of this process can go on: on Linux, without other threads.

    What another thread holds locked at that moment would stay so in the copy.
    """
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back until a worker that starts ignores it."""
    if not MASKS:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(slots=True)
class _Worker:
    """A worker from outside: what it has to do, and where more can be laid down."""

    connection: Connection
    process: BaseProcess
    memory: Memory
    free: list[int]
    todo: deque[tuple[int, int, int]] = field(default_factory=deque)
    """The number, the first line and the place of each batch."""

    def has_room(self, batch: Iterable[Piece]) -> bool:
        """Tell whether a batch can be given to it."""
        size = sum(len(data) for _, data, _ in batch)
        return not self.memory or self.memory.fits(size)


class Crew:
    """Some processes that share a text: this one and workers.

    Workers are copies of this process where that is safe; others make with `scanners`
    what `rewriter` has. Leave it as a context manager: that ends the workers.
    """

    def __init__(
        self,
        size: int,
        rewriter: Rewriter,
        scanners: Scanners,
        tokens: Tokens,
        report: Report,
    ) -> None:
        self._tokens = tokens
        self._report = report
        self._scanners = scanners
        self._rules = self._rewriter = rewriter
        self._values: Mapping[bytes, str] | None = None
        self._helps = True
        self._settled, self._took = 0, 0.0  # bytes and seconds, here
        self._workers: list[_Worker] = []
        self._done: dict[int, tuple[Piece, Counter[str], dict[str, list[Sample]]]] = {}
        self._sent = self._given = 0
        rewriter.asking(_Serving(tokens, self._attend))
        with contextlib.ExitStack() as stack:
            stack.callback(self.__exit__)
            for _ in range(size - 1):
                self._start()
            stack.pop_all()

    def _start(self) -> None:
        way: Way
        if _may_fork():
            context: Any = multiprocessing.get_context("fork")
            way, places = self._rules.asking, _AT_ONCE
            others = [each.connection for each in self._workers]
        else:
            # All of a text goes through the pipe then: two at once could wait for
            # one another with full pipes.
            context = multiprocessing.get_context("spawn")
            way, places = functools.partial(_made, self._scanners), 0
            others = []
        ours, theirs = context.Pipe()
        if places:
            others.append(ours)
        memory = Memory(places, 4 * SLICE)
        args = theirs, way, memory, others
        process = context.Process(target=work, args=args, daemon=True)
        with theirs, _no_interrupt():
            process.start()
        worker = _Worker(ours, process, memory, list(range(places or 1)))
        self._workers.append(worker)
        if self._values is not None:
            _send(worker, self._values)

    def __enter__(self) -> Self:
        """Start with the workers ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers, whatever they are at."""
        self._rules.asking(self._tokens)
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.terminate()
            worker.process.join()

    def look_for(self, values: Mapping[bytes, str], look: Rewriter) -> None:
        """Replace these from now on, here as `look` does, and not what rules find."""
        self._values, self._rewriter = values, look
        for worker in self._workers:
            _send(worker, values)

    def scrub(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Scrub pieces that are not settled yet; gives all of them in order.

        Raises:
            ScrubRefused: a piece was refused, or a worker died.
        """
        for batch in _together(pieces):
            if batch[0].cut:
                yield from self._rest()
                yield from batch
                continue
            yield from self._ready()
            while not self._takes(batch):
                self._attend()
                yield from self._ready()
        yield from self._rest()

    def _takes(self, batch: list[Piece]) -> bool:
        """Have somebody do a batch; tell whether anyone could."""
        self._attend(0)
        if self._sent - self._given >= 3 * _AT_ONCE * len(self._workers):
            return False
        worker = max(self._workers, key=lambda each: len(each.free))
        if worker.free and worker.has_room(batch):
            self._hand(batch, worker)
        elif worker.free or self._helps:  # there may be no room for one so large
            self._settle(batch)
        else:
            return False
        self._sent += 1
        return True

    def _hand(self, batch: list[Piece], worker: _Worker) -> None:
        place = worker.free.pop()
        worker.todo.append((self._sent, batch[0].line, place))
        sizes = [(line, len(data)) for line, data, _ in batch]
        text = worker.memory.lay([data for _, data, _ in batch], place)
        _send(worker, Batch(sizes, text, place))

    def _settle(self, batch: list[Piece]) -> None:
        """Settle a batch here, and answer workers in between."""
        begun = time.thread_time()
        report = self._rewriter.restart()
        out: list[bytes] = []
        for text in settled(self._rewriter, batch):
            out.append(text)
            self._attend(0)
        self._rewriter.restart(self._report)
        piece = Piece(batch[0].line, b"".join(out))
        self._done[self._sent] = piece, report.findings, report.samples
        self._settled += sum(len(data) for _, data, _ in batch)
        self._took += time.thread_time() - begun
        if self._helps and self._settled < SLOW * self._took:
            self._helps = False
            self._start()

    def _rest(self) -> Iterator[Piece]:
        """Give what is still to come."""
        yield from self._ready()
        while self._given < self._sent:
            self._attend()
            yield from self._ready()

    def _ready(self) -> Iterator[Piece]:
        """Give what is next, as far as it is there."""
        while self._given in self._done:
            piece, findings, samples = self._done.pop(self._given)
            self._given += 1
            self._tell(findings, samples)
            self._tokens.pause()
            yield piece

    def _tell(
        self, findings: Mapping[str, int], samples: Mapping[str, Iterable[Sample]]
    ) -> None:
        """Report what was replaced in a batch."""
        self._report.findings.update(findings)
        for kind, shown in samples.items():
            for each in shown:
                if self._report.wants(kind):
                    token = each.token.encode()
                    value = each.value.encode("utf-8", "surrogateescape")
                    self._report.show(kind, value, token, each.line)

    def _attend(self, seconds: float | None = None) -> None:
        """Hear workers and answer them; wait for the first who has something to say."""
        busy = {each.connection: each for each in self._workers if each.todo}
        if not busy:
            return
        for ready in wait(list(busy), seconds):
            worker = busy[cast("Connection", ready)]
            try:
                message = worker.connection.recv()
            except (EOFError, OSError) as error:
                raise _lost() from error
            if isinstance(message, CaseError):
                raise message
            if not isinstance(message, Done):
                ask, args, options = message
                _send(worker, getattr(self._tokens, ask)(*args, **options))
                continue
            number, line, place = worker.todo.popleft()
            piece = Piece(line, worker.memory.lift(message.text, place))
            self._done[number] = piece, message.findings, message.samples
            worker.free.append(place)


class _Serving:
    """The case's tokens, for this process: before it takes one it answers others."""

    def __init__(self, tokens: TokenSource, attend: Callable[[float], None]) -> None:
        self._tokens, self._attend = tokens, attend

    def give(
        self, kind: str, value: bytes, *, whole: bool = True, plain: bytes = b""
    ) -> bytes:
        """Give the token of a value."""
        self._attend(0)
        return self._tokens.give(kind, value, whole=whole, plain=plain)

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Find tokens in a text."""
        self._attend(0)
        return self._tokens.find(data)

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is a token."""
        return self._tokens.knows(text)

    def pause(self) -> None:
        """Let the vault write down what it has."""
        self._tokens.pause()


def _send(worker: _Worker, message: object) -> None:
    try:
        worker.connection.send(message)
    except OSError as error:
        raise _lost() from error


def _lost() -> ScrubRefused:
    return ScrubRefused(
        "a scrub worker process ended before its work was done, so nothing leaves",
        "casecli scrub FILE",
    )


def _made(scanners: Scanners, tokens: TokenSource) -> Rewriter:
    return Rewriter(*scanners(), tokens, Report())


def _together(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Put pieces together that are worth the way to a worker, but for what is cut."""
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        if not piece.cut:
            batch.append(piece)
            size += len(piece.data)
        if batch and (piece.cut or size >= SLICE):
            yield batch
            batch, size = [], 0
        if piece.cut:
            yield [piece]
    if batch:
        yield batch
