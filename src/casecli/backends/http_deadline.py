"""A watchdog for one connection: timeouts alone let an answer drip on for ever."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Deadline:
    """Cuts a connection when a call has taken too long; `expired` says that it did.

    `over` says that no call is wanted any more.
    """

    def __init__(self) -> None:
        self.expired = self.over = False
        self._stream: Any = None  # httpcore's network stream

    def trace(self, _event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection in use, as a trace extension of httpcore."""
        stream = info.get("return_value")
        if hasattr(stream, "get_extra_info"):
            self._stream = stream
        if self.over:
            self._cut()

    def end(self) -> None:
        """Cut the connection in use, and any made after it; from any thread."""
        self.over = True
        self._cut()

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """Cut the connection unless the block ends in time."""
        self.expired = False
        watchdog = threading.Timer(seconds, self._cut)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _cut(self) -> None:
        self.expired = True
        stream = self._stream
        line = stream.get_extra_info("socket") if stream is not None else None
        if line is not None:
            try:
                # Not the method: that of a TLS socket takes its state from the reader.
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            except OSError:
                return
