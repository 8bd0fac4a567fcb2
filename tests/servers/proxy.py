"""A way to a real server on which answers get lost, after the work was done.

A test arms it for one request; everything else passes through untouched.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.servers.process import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 64 * 1024


class LossyProxy:
    """Passes bytes between a client and `port`, until `lose` says otherwise."""

    def __init__(self, port: int) -> None:
        self._upstream = (LOOPBACK, port)
        self._armed: bytes | None = None
        self.lost = threading.Event()
        self.url = ""

    def lose(self, start: str) -> None:
        """Drop the answer to the next request that starts so: `POST /REST/2.0/t`.

        The server gets all of it and answers; the client sees its connection reset.
        """
        self._armed = start.encode()
        self.lost.clear()

    def pass_on(self, client: socket.socket) -> None:
        """Carry one connection to its end."""
        with socket.create_connection(self._upstream) as server:
            first = client.recv(PIECE)
            if not first:
                return
            doomed = self._armed is not None and first.startswith(self._armed)
            if doomed:
                self._armed = None
            server.sendall(first)
            going = threading.Thread(target=_copy, args=(client, server), daemon=True)
            going.start()
            if doomed:
                # The first byte of the answer: the server has done its work.
                server.recv(1)
                _reset(client)
                self.lost.set()
            else:
                _copy(server, client)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


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
