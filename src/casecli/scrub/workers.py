"""Worker processes for large texts: slices go out, scrubbed slices come back in order.

Workers find, replace and verify. Only the process that was asked opens the vault: a
worker asks it for each token it does not know yet, so tokens are the very same, however
many workers there are. A worker that dies is a refusal: what it had is not sent.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Self, cast

from casecli.domain.errors import CaseError, ScrubRefused
from casecli.scrub.report import Report
from casecli.scrub.rewrite import Rewriter
from casecli.scrub.stream import Stream

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from casecli.domain.ports import Sample
    from casecli.scrub.spans import Finder
    from casecli.scrub.tokens import Tokens

SLICE = 4 * 1024 * 1024
MOST = 4

Scanners = Callable[[], tuple["Finder", Any]]


def cores() -> int:
    """Say how many workers are worth it here."""
    return min(os.cpu_count() or 1, MOST)


@dataclass(frozen=True, slots=True)
class _Done:
    out: bytes
    findings: Counter[str]
    samples: dict[str, list[Sample]]


class Crew:
    """Some workers; `scanners`, called in each, makes what finds.

    Leave it as a context manager: that ends the workers.
    """

    def __init__(
        self, size: int, scanners: Scanners, tokens: Tokens, report: Report
    ) -> None:
        self._tokens = tokens
        self._report = report
        self._idle: list[Connection] = []
        self._busy: dict[Connection, int] = {}
        self._done: dict[int, _Done] = {}
        self._most = 2 * size
        self._processes: list[BaseProcess] = []
        context = multiprocessing.get_context("spawn")
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, scanners), daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append(process)
            self._idle.append(ours)

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

    def scrub(self, slices: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
        """Scrub slices, each after the number of its first line; gives them in order.

        Raises:
            ScrubRefused: a worker refused a slice, or died.
        """
        sent = given = 0
        for line, data in slices:
            while not self._idle or sent - given >= self._most:
                self._attend()
                while given in self._done:
                    yield self._take(given)
                    given += 1
            worker = self._idle.pop()
            self._busy[worker] = sent
            sent += 1
            _send(worker, (line, data))
        while given < sent:
            while given not in self._done:
                self._attend()
            yield self._take(given)
            given += 1

    def _take(self, number: int) -> bytes:
        done = self._done.pop(number)
        self._report.findings.update(done.findings)
        for kind, samples in done.samples.items():
            for each in samples:
                if self._report.wants(kind):
                    token = each.token.encode()
                    value = each.value.encode("utf-8", "surrogateescape")
                    self._report.show(kind, value, token, each.line)
        self._tokens.pause()
        return done.out

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
                self._done[self._busy.pop(ready)] = message
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


class Slices:
    """Cuts text where a stream may be cut, into pieces for workers.

    What is left when a line is too long for a slice, or at the end, is in `rest`.
    """

    def __init__(self, stream: Stream, blocks: Iterator[bytes]) -> None:
        self._stream = stream
        self._blocks = blocks

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Give the line number and the bytes of slice after slice."""
        for block in self._blocks:
            self._stream.hold(block)
            while (piece := self._stream.slice(SLICE)) is not None:
                yield piece
            if self._stream.is_stuck(SLICE):
                return


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
        found: list[tuple[int, int]] = self._ask("find", data)
        return found

    def knows(self, text: bytes) -> bool:
        """Tell whether a text is a token."""
        return bool(self._ask("knows", text))

    def pause(self) -> None:
        """Nothing is under way here."""


def _work(parent: Connection, scanners: Scanners) -> None:
    """Scrub slices until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        finder, marks = scanners()
        rewriter = Rewriter(finder, marks, _Asking(parent), Report())
        while True:
            line, data = parent.recv()
            report = rewriter.restart()
            stream = Stream(rewriter, line=line)
            out = stream.feed(data) + stream.finish()
            parent.send(_Done(out, report.findings, report.samples))
    except (EOFError, OSError, KeyboardInterrupt):
        return
    except CaseError as error:
        with contextlib.suppress(OSError):
            parent.send(error)
