"""A way to a real server on which answers get lost, are held up, or are refusals.

A test arms it for some request; everything else passes through untouched.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.servers.process import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PIECE = 64 * 1024
WRITES = (b"POST ", b"PUT ")
REQUESTS = (*WRITES, b"GET ", b"HEAD ")


class LossyProxy:
    """Passes bytes between a client and `port`, until `lose` says otherwise."""

    def __init__(self, port: int) -> None:
        self._upstream = (LOOPBACK, port)
        self._armed: bytes | None = None
        self._chance: Random | None = None
        self._cuts, self._losses = 0.0, 0.0
        self._limit: tuple[bytes, str] | None = None
        self._hold: tuple[bytes, int] | None = None
        self.lost = threading.Event()
        self.held = threading.Event()
        self.released = threading.Event()
        self.asked: list[str] = []
        self.faults: Counter[str] = Counter()
        self.url = ""

    def lose(self, start: str) -> None:
        """Drop the answer to the next request that starts so: `POST /REST/2.0/t`.

        The server gets all of it and answers; the client sees its connection reset.
        """
        self._armed = start.encode()
        self.lost.clear()

    def limit(self, start: str, retry_after: str) -> None:
        """Answer the next request that starts so with 429; the server hears nothing."""
        self._limit = (start.encode(), retry_after)

    def hold(self, start: str, after: int) -> None:
        """Let so many requests that start so pass; the next waits for `released`."""
        self._hold = (start.encode(), after)
        self.held.clear()
        self.released.clear()

    def count(self, start: str) -> int:
        """Count the requests so far that start so."""
        return sum(each.startswith(start) for each in self.asked)

    def misbehave(self, chance: Random, cuts: float, losses: float) -> None:
        """From now on cut this part of the writes, and lose the answers of that part.

        What is cut never reaches the server; what is lost it has done.
        """
        self._chance, self._cuts, self._losses = chance, cuts, losses

    def _fate(self, piece: bytes) -> str:
        """Decide about a request by its first piece."""
        if self._armed is not None and piece.startswith(self._armed):
            self._armed = None
            return "lost"
        if self._chance is None or not piece.startswith(WRITES):
            return ""
        drawn = self._chance.random()
        if drawn < self._cuts:
            return "cut"
        return "lost" if drawn < self._cuts + self._losses else ""

    def pass_on(self, client: socket.socket) -> None:
        """Carry one connection to its end, however many requests it is used for."""
        doomed = threading.Event()
        with socket.create_connection(self._upstream) as server:
            going = threading.Thread(
                target=self._ask, args=(client, server, doomed), daemon=True
            )
            going.start()
            with suppress(OSError):
                while piece := server.recv(PIECE):
                    if doomed.is_set():
                        # The first byte of the answer: the server has done its work.
                        _reset(client)
                        self.lost.set()
                        return
                    client.sendall(piece)
                client.shutdown(socket.SHUT_WR)

    def _ask(
        self, client: socket.socket, server: socket.socket, doomed: threading.Event
    ) -> None:
        """Carry requests; one begins where a piece does, as its client has waited."""
        with suppress(OSError):
            while piece := client.recv(PIECE):
                if piece.startswith(REQUESTS):
                    self.asked.append(piece.partition(b"\r\n")[0].decode("latin-1"))
                self._wait_if_held(piece)
                if self._limit is not None and piece.startswith(self._limit[0]):
                    self._refuse(client, server, self._limit[1])
                    return
                fate = self._fate(piece)
                if fate:
                    self.faults[fate] += 1
                if fate == "cut":
                    _reset(client)
                    # Or the server keeps a worker for a request that never comes.
                    server.shutdown(socket.SHUT_RDWR)
                    return
                if fate == "lost":
                    doomed.set()
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _wait_if_held(self, piece: bytes) -> None:
        if self._hold is None or not piece.startswith(self._hold[0]):
            return
        start, left = self._hold
        self._hold = (start, left - 1) if left else None
        if not left:
            self.held.set()
            self.released.wait(60)

    def _refuse(
        self, client: socket.socket, server: socket.socket, retry_after: str
    ) -> None:
        """Ask for patience, and let what is left of the request run into the sand."""
        self._limit = None
        self.faults["limited"] += 1
        body = b'{"error": {"status": 429, "msg": "too many requests"}}'
        head = (
            "HTTP/1.1 429 Too Many Requests",
            f"Retry-After: {retry_after}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        client.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        while client.recv(PIECE):
            continue
        server.shutdown(socket.SHUT_RDWR)


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.shutdown(socket.SHUT_RDWR)


@contextmanager
def lossy(port: int) -> Iterator[LossyProxy]:
    """Serve a proxy in front of a port of the loopback."""
    proxy = LossyProxy(port)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            proxy.pass_on(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server((LOOPBACK, 0), Handler) as server:
        proxy.url = f"http://{LOOPBACK}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            server.shutdown()
