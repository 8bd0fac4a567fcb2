"""Servers on the loopback that say whatever a test wants them to."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def unknown(handler: BaseHTTPRequestHandler) -> None:
    """Answer as servers do to a path they do not have."""
    reply(handler, b"{}", 404, {})


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of clients that hang up."""

    def handle_error(self, *_: Any) -> None:
        return


@dataclass
class Server:
    """Answers by path; keeps all it was asked."""

    otherwise: Answer = unknown
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def says(
        self, path: str, body: bytes = b"{}", status: int = 200, **headers: str
    ) -> None:
        self.answers[path] = lambda handler: reply(handler, body, status, headers)

    def sends(self, path: str, raw: bytes) -> None:
        """Answer with these bytes exactly, and hang up."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(raw)
            handler.close_connection = True

        self.answers[path] = answer


def reply(
    handler: BaseHTTPRequestHandler, body: bytes, status: int, headers: dict[str, str]
) -> None:
    # Without the date http.server would put there: a test may bring its own.
    handler.send_response_only(status)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    defaults = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    for name, value in {**defaults, **given}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def listening() -> Iterator[Callable[..., Server]]:
    """Give a way to start servers, over TLS if given a context; all end at the exit."""
    running: list[tuple[Server, ThreadingHTTPServer]] = []

    def start(context: ssl.SSLContext | None = None) -> Server:
        server = Server()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                heads = {k.lower(): v for k, v in self.headers.items()}
                body = self.rfile.read(size)
                server.asked.append(Asked(self.command, self.path, heads, body))
                path = self.path.partition("?")[0]
                try:
                    server.answers.get(path, server.otherwise)(self)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815 (the names http.server looks for)
            do_PATCH = do_DELETE = do_CONNECT = answer  # noqa: N815 (as above)

            def log_message(self, *_: Any) -> None:
                return

        socket = Quiet(("127.0.0.1", 0), Handler)
        socket.daemon_threads = True
        if context is not None:
            socket.socket = context.wrap_socket(
                socket.socket, server_side=True, do_handshake_on_connect=False
            )
        host = "https://localhost" if context else "http://127.0.0.1"
        server.url = f"{host}:{socket.server_address[1]}"
        threading.Thread(target=socket.serve_forever, args=(0.02,), daemon=True).start()
        running.append((server, socket))
        return server

    try:
        yield start
    finally:
        for server, socket in running:
            server.released.set()
            socket.shutdown()
            socket.server_close()
