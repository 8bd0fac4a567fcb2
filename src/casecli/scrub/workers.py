"""Worker processes for large texts: pieces go out, scrubbed pieces come back in order.

Workers find, replace and verify. Only the process that was asked uses the vault: a
worker asks it for each token it does not know yet, so tokens are the very same, however
many workers there are. A worker that dies is a refusal: what it had is not sent.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import mmap
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.pieces import Piece
from casecli.scrub.report import Report
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.tokens import may_hold_any

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from casecli.domain.ports import Sample
    from casecli.scrub.recipes import TokenSource
    from casecli.scrub.spans import Finder
    from casecli.scrub.tokens import Tokens

SLICE = 1024 * 1024
MOST = 4
FORKED = 4 * 1024 * 1024
STARTED = 64 * 1024 * 1024

Scanners = Callable[[], tuple["Finder", Any]]
_Way = Callable[["TokenSource"], Rewriter]  # how a worker comes to a rewriter


def cores() -> int:
    """Say how many workers are worth it here."""
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


# What one end has for the other: the size of it in the memory they share, or itself.
_Laid = int | bytes


def _lay(data: bytes, memory: mmap.mmap | None) -> _Laid:
    if memory is None or len(data) > len(memory):
        return data
    memory[: len(data)] = data
    return len(data)


def _lift(laid: _Laid, memory: mmap.mmap | None) -> bytes:
    if isinstance(laid, bytes) or memory is None:
        return cast("bytes", laid)
    return memory[:laid]


_MASKS = hasattr(signal, "pthread_sigmask")


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back until a worker that starts ignores it."""
    if not _MASKS:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True, slots=True)
class _Done:
    out: _Laid
    findings: Counter[str]
    samples: dict[str, list[Sample]]


class Crew:
    """Some workers, copies of this process where that is safe.

    Others make with `scanners` what `rewriter` has. Leave it as a context manager: that
    ends the workers.
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
        self._idle: list[Connection] = []
        self._busy: dict[Connection, tuple[int, int]] = {}  # which, and its first line
        self._memory: dict[Connection, mmap.mmap | None] = {}
        self._done: dict[int, tuple[Piece, _Done]] = {}
        self._sent = self._given = 0
        self._most = 2 * size
        self._processes: list[BaseProcess] = []
        with contextlib.ExitStack() as stack:
            stack.callback(self.__exit__)
            for _ in range(size):
                self._start(rewriter, scanners)
            stack.pop_all()

    def _start(self, rewriter: Rewriter, scanners: Scanners) -> None:
        way: _Way
        memory: mmap.mmap | None = None
        if _may_fork():
            context: Any = multiprocessing.get_context("fork")
            way, memory = rewriter.asking, mmap.mmap(-1, 4 * SLICE)
        else:
            context = multiprocessing.get_context("spawn")
            way = functools.partial(_made, scanners)
        ours, theirs = context.Pipe()
        self._idle.append(ours)
        self._memory[ours] = memory
        others = () if memory is None else tuple(self._idle)
        args = theirs, way, memory, others
        process = context.Process(target=_work, args=args, daemon=True)
        with theirs, _no_interrupt():
            process.start()
        self._processes.append(process)

    def __enter__(self) -> Self:
        """Start with the workers ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers, whatever they are at."""
        for connection in (*self._idle, *self._busy):
            connection.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def look_for(self, values: Mapping[bytes, str]) -> None:
        """Let the workers replace these from now on, and no more what rules find."""
        for worker in self._idle:
            _send(worker, values)

    def scrub(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Scrub pieces that are not settled yet; gives all of them in order.

        Raises:
            ScrubRefused: a worker refused a piece, or died.
        """
        for each in _together(pieces):
            if each[0].cut:
                yield from self._rest()
                yield from each
                continue
            ready: list[Piece] = []
            while not self._idle or self._sent - self._given >= self._most:
                self._attend()
                ready += self._ready()
            worker = self._idle.pop()
            self._busy[worker] = self._sent, each[0].line
            self._sent += 1
            sizes = [(line, len(data)) for line, data, _ in each]
            text = b"".join([data for _, data, _ in each])
            _send(worker, (sizes, _lay(text, self._memory[worker])))
            yield from ready
        yield from self._rest()

    def _rest(self) -> Iterator[Piece]:
        """Give what is still to come."""
        while self._given < self._sent:
            self._attend()
            yield from self._ready()

    def _ready(self) -> Iterator[Piece]:
        """Give what is next, as far as it is there."""
        while self._given in self._done:
            out = self._take(self._given)
            self._given += 1
            yield out

    def _take(self, number: int) -> Piece:
        out, done = self._done.pop(number)
        self._report.findings.update(done.findings)
        for kind, samples in done.samples.items():
            for each in samples:
                if self._report.wants(kind):
                    token = each.token.encode()
                    value = each.value.encode("utf-8", "surrogateescape")
                    self._report.show(kind, value, token, each.line)
        self._tokens.pause()
        return out

    def _attend(self) -> None:
        """Answer workers until one of them may be idle."""
        for each in wait(list(self._busy)):
            ready = cast("Connection", each)
            try:
                message = ready.recv()
            except (EOFError, OSError) as error:
                raise _lost() from error
            if isinstance(message, CaseError):
                raise message
            if isinstance(message, _Done):
                number, line = self._busy.pop(ready)
                out = Piece(line, _lift(message.out, self._memory[ready]))
                self._done[number] = out, message
                self._idle.append(ready)
                continue
            ask, args, options = message
            _send(ready, getattr(self._tokens, ask)(*args, **options))


def _send(worker: Connection, message: object) -> None:
    try:
        worker.send(message)
    except OSError as error:
        raise _lost() from error


def _lost() -> ScrubRefused:
    return ScrubRefused(
        "a scrub worker process ended before its work was done, so nothing leaves",
        "casecli scrub FILE",
    )


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


# --- in the worker -------------------------------------------------------------------


class _Asking:
    """The case's tokens, as far as a worker knows them; asks for the others."""

    def __init__(self, parent: Connection) -> None:
        self._parent = parent

    def _ask(self, what: str, *args: object, **options: object) -> Any:
        self._parent.send((what, args, options))
        return self._parent.recv()

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


def _made(scanners: Scanners, tokens: TokenSource) -> Rewriter:
    return Rewriter(*scanners(), tokens, Report())


def _work(
    parent: Connection,
    way: _Way,
    memory: mmap.mmap | None,
    others: Iterable[Connection],
) -> None:
    """Scrub what comes until nothing more does; `others` are the parent's ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _MASKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what a copy inherits, an open vault too, is not for it to close
    for connection in others:
        connection.close()
    try:
        rules = rewriter = way(_Asking(parent))
        while True:
            message = parent.recv()
            if isinstance(message, dict):
                rewriter = rules.for_literals(message)
                continue
            report = rewriter.restart()
            sizes, laid = message
            out = _settled(rewriter, sizes, _lift(laid, memory))
            parent.send(_Done(_lay(out, memory), report.findings, report.samples))
    except (EOFError, OSError, KeyboardInterrupt):
        return
    except CaseError as error:
        with contextlib.suppress(OSError):
            parent.send(error)


def _settled(
    rewriter: Rewriter, sizes: Iterable[tuple[int, int]], text: bytes
) -> bytes:
    """Settle pieces, each of so many bytes behind the number of its first line."""
    out: list[bytes] = []
    at = 0
    for line, size in sizes:
        out.append(rewriter.settle(text[at : at + size], 0, size, line).data)
        at += size
    return b"".join(out)
